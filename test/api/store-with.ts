import type { ObjectStore } from '@imgsrv/cas';

/** The store, with these methods instead of its own. */
export function storeWith(store: ObjectStore, instead: Partial<ObjectStore>): ObjectStore {
  return new Proxy(store, {
    get: (target, name) => {
      const method: unknown = Reflect.get(name in instead ? instead : target, name);
      return typeof method === 'function' ? (method.bind(target) as unknown) : method;
    },
  });
}

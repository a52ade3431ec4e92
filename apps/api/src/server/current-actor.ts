import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '@imgsrv/audit';
import type { Caller } from '@imgsrv/auth';

const actors = new AsyncLocalStorage<{ actor: Actor }>();

/** Who acts in the request that is being handled; the service itself outside of requests. */
export function currentActor(): Actor {
  return actors.getStore()?.actor ?? {};
}

/** Handles a request whose caller is not known yet. */
export function actingFor(source: string | undefined, requestId: string, handle: () => void): void {
  actors.run({ actor: { requestId, ...(source === undefined ? {} : { source }) } }, handle);
}

/** From now on the caller acts in the request that is being handled. */
export function actAs({ principalId, credential }: Caller): void {
  const store = actors.getStore();
  if (store !== undefined) {
    store.actor = {
      ...store.actor,
      principalId,
      credentialKind: credential.kind,
      credentialId: credential.id,
    };
  }
}

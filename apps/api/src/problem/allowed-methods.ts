import type { Request } from 'express';

/** The methods under which the path of a request is served; none when the path is unknown. */
export function allowedMethods(request: Request): string[] {
  const methods = new Set<string>();
  for (const layer of request.app.router.stack) {
    const route = layer.route;
    if (route !== undefined && isMatcher(layer) && matches(layer, request.path)) {
      for (const { method } of route.stack) {
        methods.add(method.toUpperCase());
      }
    }
  }
  if (methods.has('GET')) {
    methods.add('HEAD');
  }
  return [...methods].sort();
}

interface Matcher {
  match(path: string): boolean;
}

/** The router's types leave the method out. */
function isMatcher(layer: object): layer is Matcher {
  return 'match' in layer && typeof layer.match === 'function';
}

/** A path that cannot be decoded matches no route. */
function matches(layer: Matcher, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}

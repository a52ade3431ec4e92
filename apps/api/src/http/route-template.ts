import type { IncomingMessage } from 'node:http';

interface Route {
  /** Such as `/v1/images/:name`. */
  readonly template: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const answeredBefore = new WeakMap<IncomingMessage, Route>();

/** Notes what answers a request that no router sees. */
export function setRoute(
  request: IncomingMessage,
  template: string,
  parameters: Route['parameters'] = {},
): void {
  answeredBefore.set(request, { template, parameters });
}

/** The template that the request was routed by, such as `/v1/images/:name`; `unmatched` when there is none. */
export function routeTemplate(request: IncomingMessage): string {
  const known = answeredBefore.get(request);
  if (known !== undefined) {
    return known.template;
  }
  const route: unknown = 'route' in request ? request.route : undefined;
  return typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : 'unmatched';
}

/** The parameters of that template, as they came. */
export function routeParameters(
  request: IncomingMessage & { readonly params?: Route['parameters'] },
): Route['parameters'] {
  return answeredBefore.get(request)?.parameters ?? request.params ?? {};
}

import type { IncomingMessage } from 'node:http';

/** The template that the request was routed by, such as `/v1/images/:name`; `unmatched` when there is none. */
export function routeTemplate(request: IncomingMessage): string {
  const route: unknown = 'route' in request ? request.route : undefined;
  return typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : 'unmatched';
}

/** Notes what answers a request that no router sees. */
export function setRouteTemplate(request: IncomingMessage, path: string): void {
  Object.assign(request, { route: { path } });
}

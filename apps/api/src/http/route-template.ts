import type { Request } from 'express';

/** The template that the request was routed by, such as `/v1/images/:name`; `unmatched` when there is none. */
export function routeTemplate(request: Request): string {
  const route: unknown = request.route;
  return typeof route === 'object' && route !== null && 'path' in route ? String(route.path) : 'unmatched';
}

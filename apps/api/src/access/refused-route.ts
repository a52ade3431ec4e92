import type { Request } from 'express';
import { pathParameter } from '../http/path-parameters.js';
import { routeParameters, routeTemplate } from '../http/route-template.js';

interface RefusedRoute {
  /** The template below `/v1/`, with the parameters put in that are well formed: `images/debian`, `images/:name`. */
  readonly resource: string;
  readonly facts: {
    readonly method: string;
    readonly route: string;
    readonly parameters?: Readonly<Record<string, string>>;
  };
}

const PARAMETER = /:([a-z_]+)/g;

/**
 * What the audit log tells of the route of a request: nothing but our own words and names of our own grammars, which
 * bound their length. The path as it came could be anything.
 */
export function refusedRoute(request: Request): RefusedRoute {
  const route = routeTemplate(request);
  const parameters = Object.fromEntries(Object.entries(routeParameters(request)).filter(isWellFormed));
  const filled = route.replace(PARAMETER, (placeholder, name: string) => parameters[name] ?? placeholder);
  return {
    resource: filled.replace(/^\/(v1\/)?/, '') || '/',
    facts: {
      method: request.method,
      route,
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    },
  };
}

function isWellFormed(parameter: [string, unknown]): parameter is [string, string] {
  const [name, value] = parameter;
  return typeof value === 'string' && pathParameter(name).pattern.test(value);
}

import { DependencyUnavailableError } from '@imgsrv/platform';
import { pathOf, type Step } from '../server/frame.js';

const OPERATIONAL = /^\/(?:healthz|readyz|openapi\.(?:json|yaml)|docs(?:\/.*)?)$/;

/** Without a database and a store nothing but the operational routes can be served: everything else is a 503. */
export function requireConfigured(missing: 'postgres' | 'object-store' | undefined): Step {
  return (request, _response, next) => {
    if (missing === undefined || OPERATIONAL.test(pathOf(request))) {
      next();
      return;
    }
    next({ thrown: new DependencyUnavailableError(missing, { reason: 'not configured' }) });
  };
}

import { openSpan } from '@imgsrv/platform';
import type { NextFunction, Request, Response } from 'express';
import { routeTemplate } from '../http/route-template.js';
import { requestId } from './request-context.js';

const UNTRACED = new Set(['/healthz', '/readyz']);

/**
 * Gives each request a span, within the trace that the caller names (W3C Trace Context), until the last byte of the
 * answer. Names are route templates, as the semantic conventions of OpenTelemetry want them.
 */
export function traceRequest(request: Request, response: Response, next: NextFunction): void {
  if (UNTRACED.has(request.path)) {
    next();
    return;
  }
  const span = openSpan(request.method, {
    kind: 'server',
    parent: request.headers,
    attributes: { 'http.request.method': request.method, 'imgsrv.request_id': requestId(request) },
  });
  response.once('close', () => {
    const route = routeTemplate(request);
    span.end({
      name: `${request.method} ${route}`,
      attributes: {
        'http.route': route,
        'http.response.status_code': response.statusCode,
        'imgsrv.cut_off': !response.writableFinished,
      },
      failed: response.statusCode >= 500,
    });
  });
  span.run(next);
}

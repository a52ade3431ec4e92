import { openSpan } from '@imgsrv/platform';
import { routeTemplate } from '../http/route-template.js';
import { pathOf, type Step } from './frame.js';
import { requestId } from './request-context.js';

const UNTRACED = new Set(['/healthz', '/readyz']);

/**
 * Gives each request a span, within the trace that the caller names (W3C Trace Context), until the last byte of the
 * answer. Names are route templates, as the semantic conventions of OpenTelemetry want them.
 */
export const traceRequest: Step = (request, response, next) => {
  const method = request.method ?? '';
  if (UNTRACED.has(pathOf(request))) {
    next();
    return;
  }
  const span = openSpan(method, {
    kind: 'server',
    parent: request.headers,
    attributes: { 'http.request.method': method, 'imgsrv.request_id': requestId(request) },
  });
  response.on('close', () => {
    const route = routeTemplate(request);
    span.end({
      name: `${method} ${route}`,
      attributes: {
        'http.route': route,
        'http.response.status_code': response.statusCode,
        'imgsrv.cut_off': !response.writableFinished,
      },
      failed: response.statusCode >= 500,
    });
  });
  span.run(next);
};

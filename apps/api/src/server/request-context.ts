import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, logContext } from '@imgsrv/platform';
import { pinoHttp } from 'pino-http';

const ids = new WeakMap<IncomingMessage, string>();
const GIVEN_ID = /^[\x21-\x7e]{1,128}$/;
const QUIET = new Set(['/healthz', '/readyz']);

/** The id under which this request is logged and answered. */
export function requestId(request: IncomingMessage): string {
  const known = ids.get(request);
  if (known !== undefined) {
    return known;
  }
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID();
  ids.set(request, id);
  return id;
}

/** Gives each request its id, its log context and its one log line. */
export function createRequestContext(logger: Logger) {
  const log = pinoHttp({
    logger,
    quietReqLogger: true,
    quietResLogger: true,
    genReqId: requestId,
    customAttributeKeys: { reqId: 'request_id', responseTime: 'duration_ms' },
    customSuccessMessage: (request, response) => line(request, response),
    customErrorMessage: (request, response) => line(request, response),
    customLogLevel: (request, response) => levelOf(request, response),
  });
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const id = requestId(request);
    response.setHeader('X-Request-ID', id);
    log(request, response);
    logContext.run({ request_id: id }, next);
  };
}

function line(request: IncomingMessage, response: ServerResponse): string {
  const cut = response.writableFinished ? '' : ' (connection lost)';
  return `${request.method ?? ''} ${request.url?.split('?')[0] ?? ''} ${response.statusCode}${cut}`;
}

function levelOf(request: IncomingMessage, response: ServerResponse): 'debug' | 'info' | 'warn' {
  if (response.statusCode >= 500) {
    return 'warn';
  }
  return QUIET.has(request.url ?? '') ? 'debug' : 'info';
}

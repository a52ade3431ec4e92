import type { ServerResponse, IncomingMessage } from 'node:http';
import { type ImgsrvError, problemDocument } from '@imgsrv/platform';
import { hasBody } from '../http/has-body.js';
import { problemOf } from './problem-of.js';

/** Answers with `application/problem+json` (RFC 9457). An absent error is an internal one and says nothing of its cause. */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: ImgsrvError | undefined,
  instance: string,
): void {
  const { headers, ...problem } = problemOf(error);
  const { status } = problem;
  const body = Buffer.from(problemDocument({ ...problem, instance }));
  response.statusCode = status;
  for (const name of response.getHeaderNames().filter((header) => REPRESENTATION.has(header))) {
    response.removeHeader(name);
  }
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Content-Length', body.length);
  response.setHeader('Cache-Control', 'no-store');
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
  settleUnreadBody(request, response, status);
  response.end(request.method === 'HEAD' ? undefined : body);
}

const DRAIN_MS = 5000;

/**
 * A client may still be sending a body that nobody wants. Closing at once could lose the answer on its way, so the
 * rest is read and thrown away for a while; one who waits for `100 Continue` or is too slow can be let go.
 */
function settleUnreadBody(request: IncomingMessage, response: ServerResponse, status: number): void {
  if (request.complete || !hasBody(request)) {
    return;
  }
  if (request.headers.expect !== undefined || status === 408) {
    response.setHeader('Connection', 'close');
    return;
  }
  // Said by a process that drains; the connection is closed after the next answer then.
  response.removeHeader('Connection');
  const cut = setTimeout(() => request.destroy(), DRAIN_MS);
  request.once('close', () => {
    clearTimeout(cut);
  });
  response.once('finish', () => {
    request.resume();
  });
}

/** Headers a handler may have set for the answer it did not give. */
const REPRESENTATION = new Set([
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-range',
  'etag',
  'last-modified',
  'link',
  'location',
  'repr-digest',
]);

import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasBody } from './has-body.js';

const DRAIN_MS = 5000;

/**
 * A client may still be sending a body that nobody wants. Closing at once could lose the answer on its way, so the
 * rest is read and thrown away for a while; one who waits for `100 Continue` or is too slow can be let go.
 */
export function settleUnreadBody(request: IncomingMessage, response: ServerResponse, status: number): void {
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

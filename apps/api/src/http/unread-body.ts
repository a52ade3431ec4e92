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
  const isLast = !response.shouldKeepAlive;
  // Node would close the connection of a client that asked for it as soon as the answer is out, and lose that.
  response.shouldKeepAlive = true;
  const cut = setTimeout(() => request.destroy(), DRAIN_MS);
  request.once('close', () => {
    clearTimeout(cut);
  });
  response.once('finish', () => {
    if (isLast) {
      request.once('end', () => request.socket.end());
    }
    request.resume();
  });
}

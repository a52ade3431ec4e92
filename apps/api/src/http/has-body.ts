import type { IncomingMessage } from 'node:http';

/** Whether the header of a request announces a body that is not empty. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

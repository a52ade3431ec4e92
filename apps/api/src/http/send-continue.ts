import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers `Expect: 100-continue` (RFC 9110, 10.1.1) at the moment the body is wanted, so that a request that is
 * refused by its headers alone costs no transfer.
 */
export function sendContinue(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() === '100-continue' && !response.headersSent) {
    response.writeContinue();
  }
}

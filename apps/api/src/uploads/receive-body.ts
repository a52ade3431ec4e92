import type { Request, Response } from 'express';
import type { PaceLimits } from '../http/body-pace.js';
import { type DetachedBody, detachedBody } from '../http/detached-body.js';
import { ClientGoneError } from '../http/http.errors.js';

/**
 * Runs what takes the body of a request, with a function that opens it and a signal for when the client is gone. Rejects with
 * RequestTimeoutError when the client was too slow, with ClientGoneError when it went away, else as `receive` does.
 */
export async function receiveBody<Received>(
  { request, response, limits }: { request: Request; response: Response; limits: PaceLimits },
  receive: (open: () => DetachedBody, signal: AbortSignal) => Promise<Received>,
): Promise<Received> {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  let body: DetachedBody | undefined;
  const open = (): DetachedBody => (body = detachedBody(request, response, limits));
  return receive(open, gone.signal).catch((error: unknown) => {
    throw gone.signal.aborted ? new ClientGoneError({ cause: error }) : (body?.tooSlow ?? error);
  });
}

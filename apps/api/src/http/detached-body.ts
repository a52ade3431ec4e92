import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { countPassingBytes } from '@imgsrv/platform';
import { BodyPace, type PaceLimits } from './body-pace.js';
import { RequestTimeoutError } from './http.errors.js';

/**
 * The body of a request as a stream of its own: whoever destroys it stops the reading but not the connection, so
 * that an answer can still be sent. It fails when the client goes away, and with RequestTimeoutError, which
 * `tooSlow` keeps, when it sends too slowly.
 */
export function detachedBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: PaceLimits,
): DetachedBody {
  sendContinue(request, response);
  return new DetachedBody(request, limits);
}

export class DetachedBody extends Readable {
  /** Why it failed when the client was too slow; whoever reads it may wrap the error. */
  tooSlow: RequestTimeoutError | undefined;
  private readonly pace: BodyPace;
  private receivedBytes = 0;

  constructor(
    private readonly request: IncomingMessage,
    limits: PaceLimits,
  ) {
    super({ highWaterMark: request.readableHighWaterMark });
    request.on('data', this.onData);
    request.once('end', this.onEnd);
    request.once('close', this.onGone);
    request.once('error', this.onGone);
    request.pause();
    this.pace = new BodyPace(
      limits,
      { isWaiting: () => !request.isPaused(), movedBytes: () => this.receivedBytes },
      () => {
        this.tooSlow = new RequestTimeoutError(limits);
        this.destroy(this.tooSlow);
      },
    );
  }

  override _read(): void {
    this.request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.pace.stop();
    this.request.off('data', this.onData);
    this.request.off('end', this.onEnd);
    this.request.off('close', this.onGone);
    this.request.pause();
    callback(error);
  }

  private readonly onData = (chunk: Buffer): void => {
    this.receivedBytes += chunk.length;
    countPassingBytes(chunk.length);
    if (!this.push(chunk)) {
      this.request.pause();
    }
  };

  private readonly onEnd = (): void => {
    this.pace.stop();
    this.push(null);
  };

  private readonly onGone = (): void => {
    if (!this.request.readableEnded) {
      this.destroy(new Error('the client went away'));
    }
  };
}

/**
 * Answers `Expect: 100-continue` (RFC 9110, 10.1.1) at the moment the body is wanted, so that a request that is
 * refused by its headers alone costs no transfer.
 */
function sendContinue(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.expect?.toLowerCase() === '100-continue' && !response.headersSent) {
    response.writeContinue();
  }
}

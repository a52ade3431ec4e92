import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { sendContinue } from './send-continue.js';

/**
 * The body of a request as a stream of its own: whoever destroys it stops the reading but not the connection, so
 * that an answer can still be sent. It fails when the client goes away.
 */
export function detachedBody(request: IncomingMessage, response: ServerResponse): Readable {
  sendContinue(request, response);
  return new DetachedBody(request);
}

class DetachedBody extends Readable {
  constructor(private readonly request: IncomingMessage) {
    super({ highWaterMark: request.readableHighWaterMark });
    request.on('data', this.onData);
    request.once('end', this.onEnd);
    request.once('close', this.onGone);
    request.once('error', this.onGone);
    request.pause();
  }

  override _read(): void {
    this.request.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.request.off('data', this.onData);
    this.request.off('end', this.onEnd);
    this.request.off('close', this.onGone);
    this.request.pause();
    callback(error);
  }

  private readonly onData = (chunk: Buffer): void => {
    if (!this.push(chunk)) {
      this.request.pause();
    }
  };

  private readonly onEnd = (): void => {
    this.push(null);
  };

  private readonly onGone = (): void => {
    if (!this.request.readableEnded) {
      this.destroy(new Error('the client went away'));
    }
  };
}

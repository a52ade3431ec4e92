import type { ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';

/**
 * From now on cuts the connection when the client takes nothing of the answer for `stallMs`. One that takes a
 * little now and then is never cut: Node counts bytes that leave its queue, not answers that end.
 */
export function cutWhenStalled(response: ServerResponse, stallMs: number): void {
  response.setTimeout(stallMs, () => {
    if (response.writableLength > 0) {
      response.destroy();
    } else {
      // It is the object store that we wait for, and that has time-outs of its own.
      response.setTimeout(stallMs);
    }
  });
}

/** Watches every answer from the moment it is whole; one that is written bit by bit has to be watched from its begin. */
export function cutStalledAnswers(stallMs: number) {
  return (_request: Request, response: Response, next: NextFunction): void => {
    response.once('prefinish', () => {
      cutWhenStalled(response, stallMs);
    });
    next();
  };
}

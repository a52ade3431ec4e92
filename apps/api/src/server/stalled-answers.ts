import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { SlowClientLimits } from '@imgsrv/platform';
import { BodyPace } from '../http/body-pace.js';
import type { Step } from './frame.js';

/**
 * From now on cuts the connection when the client takes nothing of the answer for `stallMs`. One that takes a
 * little now and then is never cut: Node counts bytes that leave its queue, not answers that end.
 */
function cutWhenStalled(response: ServerResponse, stallMs: number): void {
  response.setTimeout(stallMs, () => {
    if (response.writableLength > 0) {
      response.destroy();
    } else {
      // It is the object store that we wait for, and that has time-outs of its own.
      response.setTimeout(stallMs);
    }
  });
}

/**
 * From now on cuts the connection of a download of which the client takes nothing, or less than the least rate, over
 * the time-out. What leaves our queue counts, and the system takes a chunk of some 100 KiB and its own buffers at
 * once: a client only just above the rate may be cut, one at twice the rate never is.
 */
export function cutWhenSlow(socket: Socket, response: ServerResponse, limits: SlowClientLimits): void {
  const { answerStallMs: windowMs, minDownloadBytesPerSecond: minBytesPerSecond } = limits;
  cutWhenStalled(response, windowMs);
  const pace = new BodyPace(
    { minBytesPerSecond, windowMs },
    { isWaiting: () => response.writableLength > 0, movedBytes: () => socket.bytesWritten },
    () => {
      response.destroy();
    },
  );
  response.on('close', () => {
    pace.stop();
  });
}

/** Watches every answer from the moment it is whole; one that is written bit by bit has to be watched from its begin. */
export function cutStalledAnswers(stallMs: number): Step {
  return (_request, response, next) => {
    response.on('prefinish', () => {
      // For what the system took at once nobody has to wait.
      if (response.writableLength > 0) cutWhenStalled(response, stallMs);
    });
    next();
  };
}

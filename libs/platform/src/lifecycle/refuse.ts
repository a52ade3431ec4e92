import type { Duplex } from 'node:stream';
import type { Logger } from '../logging/logger.js';
import type { RawProblem } from './raw-problem.js';

/** What the other side gets to take the answer and to go away by itself. */
const LINGER_MS = 5000;

/** Answers what never became a request, leaves the one trace of it, and lets nobody hold the connection. */
export type Refuse = (socket: Duplex, problem: RawProblem, reason: string) => void;

/** `onRefused` hears of each answer, by its status. */
export function refuserFor(logger: Logger, onRefused: (status: number) => void): Refuse {
  return (socket, problem, reason) => {
    onRefused(problem.status);
    refuse(socket, problem, reason, logger);
  };
}

function refuse(socket: Duplex, problem: RawProblem, reason: string, logger: Logger): void {
  logger.info(
    { request_id: problem.instance, status: problem.status, reason },
    `refused a connection that brought no request: ${problem.status}`,
  );
  const linger = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => {
    clearTimeout(linger);
  });
  socket.end(problem.text);
}

import { runProcess } from '@imgsrv/platform';
import { startWorker } from './start-worker.js';

/** The worker as a process. */
export function runWorker(): Promise<void> {
  return runProcess('worker', startWorker);
}

import { runProcess } from '@imgsrv/platform';
import { startWorker } from './start-worker.js';
import { verifyLedger } from './verify-ledger.js';

/** The worker as a process. */
export function runWorker(): Promise<void> {
  return runProcess('worker', (config, logger) =>
    config.verifyLedger ? verifyLedger(config, logger) : startWorker(config, logger),
  );
}

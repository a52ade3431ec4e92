import { runProcess } from '@imgsrv/platform';
import { startWorker } from './start-worker.js';

await runProcess('worker', startWorker);

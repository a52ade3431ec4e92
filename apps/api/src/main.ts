import { runProcess } from '@imgsrv/platform';
import { startApi } from './start-api.js';

await runProcess('api', startApi);

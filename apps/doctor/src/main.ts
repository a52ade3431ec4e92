import { createRequire } from 'node:module';

// An import opens the files of hundreds of modules at once, which a low limit of file descriptors ends with a crash of Node's
// own. This opens one after the other, and takes no longer.
const require = createRequire(import.meta.url);
const { runDoctor } = require('./run.js') as typeof import('./run.js');

await runDoctor();

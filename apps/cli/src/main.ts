import { createRequire } from 'node:module';

// As the other programs load theirs.
const require = createRequire(import.meta.url);
const { runInTerminal } = require('./run.js') as typeof import('./run.js');

await runInTerminal();

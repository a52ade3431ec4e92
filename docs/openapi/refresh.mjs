// Writes v1.yaml beside this from the api that was built: `npm run openapi`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';

const program = new URL('../../dist/apps/api/src/main.js', import.meta.url);
const flags = ['--listen', '127.0.0.1:0', '--metrics-listen', ''];
const settings = Object.entries(process.env).filter(([name]) => !name.startsWith('IMGSRV_'));

// Without a database and a store it serves its documentation all the same.
const api = spawn(process.execPath, [program.pathname, ...flags], {
  env: Object.fromEntries(settings),
  stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
});
const [{ http }] = await once(api, 'message');
const answer = await fetch(`${http}/openapi.yaml`);
if (!answer.ok) throw new Error(`the api answered ${answer.status}`);
await writeFile(new URL('v1.yaml', import.meta.url), await answer.text());
api.kill();

#!/usr/bin/env node
// The command that npm installs. What it runs is made by `npm run build`.
import { existsSync } from 'node:fs';

const program = new URL('../../dist/apps/cli/src/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program);
} else {
  process.stderr.write('imgsrv: it is not built yet; run `npm run build` in its checkout\n');
  process.exitCode = 1;
}

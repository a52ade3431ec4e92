import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { DIST } from '../support/service-programs.js';

const LOGGER = pathToFileURL(join(DIST, 'libs', 'platform', 'src', 'logging', 'logger.js')).href;

/** A process that logs as ours do, and then does as `script` says. */
function logging(script: string) {
  const program = `
    import { createLogger } from '${LOGGER}';
    const logger = createLogger({ logFormat: 'json', verbosity: 'info', nodeName: 'here', processName: 'api' });
    const log = (count) => { for (let line = 0; line < count; line += 1) logger.info({ line }, 'a line'); };
    ${script}`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function numbers(output: string): number[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => (JSON.parse(line) as { readonly line?: number }).line)
    .filter((line) => line !== undefined);
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, line) => line);

it.each([
  ['ends by itself', 'log(1000);', 1000],
  ['ends by itself after a while', 'log(10); setTimeout(() => log(0), 200);', 10],
  ['exits at once', 'log(1000); process.exit(3);', 1000],
  ['exits after one line', 'log(1); process.exit(3);', 1],
  ['exits while lines are written', 'log(500); setTimeout(() => { log(0); process.exit(); }, 12);', 500],
  ['fails', "log(1000); throw new Error('a defect');", 1000],
  ['fails later', "setTimeout(() => { log(1000); throw new Error('a defect'); }, 20);", 1000],
])('every line of a process that %s is written', async (_, script, count) => {
  const child = logging(script);
  const [output] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  // What was on its way at the exit may come after what was written then.
  expect(numbers(output).sort((a, b) => a - b)).toEqual(upTo(count));
});

it.each([
  [
    'a line is written soon, and not when the next one comes',
    'log(1); setTimeout(() => undefined, 60_000);',
    1,
  ],
  [
    'a warning is written at once, with what is before it, though nothing else gets its turn',
    "log(1); logger.warn({ line: 1 }, 'a line'); for (const end = Date.now() + 60_000; Date.now() < end; );",
    2,
  ],
])('%s', async (_, script, count) => {
  const child = logging(script);
  try {
    const [chunk] = (await once(child.stderr, 'data')) as [Buffer];
    expect(numbers(chunk.toString())).toEqual(upTo(count));
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill('SIGKILL');
  }
});

it('no more is kept for a reader than some megabytes', async () => {
  const child = logging('log(100_000);');
  const [output] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const written = new Set(numbers(output));
  expect([...written]).toEqual(upTo(100_000).filter((line) => written.has(line)));
  expect(output.length).toBeLessThan(5 * 2 ** 20);
  expect(output.length).toBeGreaterThan(2 ** 20);
});

import { execFileSync } from 'node:child_process';
import { runInProcess } from './cli-runs.js';

/** What bash offers at the end of a line. */
async function complete(line: string): Promise<string[]> {
  const { stdout: script } = await runInProcess(['completion'], { home: '/nowhere' });
  const words = line.split(' ');
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const asked = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _imgsrv; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', asked], { encoding: 'utf8' }).trim().split('\n');
}

it.each([
  ['imgsrv pu', ['pull', 'publish']],
  [
    'imgsrv alias ',
    [
      'ls',
      'set',
      'rm',
      '--json',
      '--url',
      '--ca-cert',
      '--oidc',
      '--audience',
      '--retry-for',
      '--quiet',
      '--help',
    ],
  ],
  ['imgsrv --json jobs f', ['follow']],
  ['imgsrv publish debian 1 --rep', ['--replace-draft']],
  // A file: left to bash.
  ['imgsrv publish debian 1 disk', ['']],
])('completes %s', async (line, expected) => {
  expect(await complete(line)).toEqual(expected);
});

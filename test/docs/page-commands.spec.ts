import { createTemporaryFolder } from '../support/temporary-folder.js';
import { readMarkdown } from './markdown.js';
import { looksAsShown, runCommands } from './page-commands.js';

async function run(...lines: readonly string[]) {
  const { path: folder } = await createTemporaryFolder('commands');
  const { blocks } = readMarkdown(lines.join('\n'));
  return runCommands(blocks, { folder, variables: { IMGSRV_URL: 'http://here:1' } });
}

it('runs all blocks in one shell, with the values of the test', async () => {
  const executed = await run(
    '```sh',
    'export IMGSRV_URL=https://images.example',
    'word=carried',
    '```',
    '```sh',
    'echo "$word on to $IMGSRV_URL"; echo "and errors" >&2',
    '```',
    '```text',
    'shown',
    '```',
  );
  expect(executed).toMatchObject([
    { output: '' },
    { output: 'carried on to http://here:1\nand errors\n', shown: 'shown\n' },
  ]);
});

it.each(['false', 'false | true', 'echo "$unset"'])('fails with %j', async (command) => {
  await expect(run('```sh', 'echo before', command, '```')).rejects.toThrow('before');
});

it('fails for a variable that the test does not know', async () => {
  await expect(run('```sh', 'export IMGSRV_TOKEN=imgsrv_at_…', '```')).rejects.toThrow('IMGSRV_TOKEN');
});

it.each([
  ['a\nb\n', 'a\nb', true],
  ['a 17 b\n', 'a … b', true],
  ['a\n1\n2\nb\n', 'a\n…\nb', true],
  ['a\nb\n', 'a', false],
  ['a (x)\n', 'a (y)', false],
  ['a\n1\n2\nb\n', 'a\n…b', false],
])('%j shown as %j: %j', (output, shown, expected) => {
  expect(looksAsShown(output, shown)).toBe(expected);
});

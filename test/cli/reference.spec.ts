import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { createProgram } from '../../apps/cli/src/program.js';
import { processTerminal } from '../../apps/cli/src/settings/process-terminal.js';
import { RELEASE_SCHEMA } from '../../apps/cli/src/release/release-schema.js';
import { readPage, ROOT } from '../docs/pages.js';

const PAGE = 'docs/reference/cli.md';
const SCHEMA = 'docs/reference/release.schema.json';

const INTRODUCTION = `# The command

What \`imgsrv\` prints with \`--help\`, for every command. [How to publish with it](../publishers/cli.md);
[what a release file may say](release.schema.json) as a JSON schema.
`;

function reference(): string {
  const program = createProgram(processTerminal(new AbortController().signal));
  return [INTRODUCTION, ...sections(program, 'imgsrv')].join('\n');
}

function sections(command: Command, path: string): string[] {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  return [
    `## ${path}\n\n\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`,
    ...command.commands.flatMap((member) => sections(member, `${path} ${member.name()}`)),
  ];
}

const schema = `${JSON.stringify(RELEASE_SCHEMA, undefined, 2)}\n`;

if (process.env.IMGSRV_TEST_WRITE_CLI_REFERENCE !== undefined) {
  writeFileSync(join(ROOT, PAGE), reference());
  writeFileSync(join(ROOT, SCHEMA), schema);
}

// Mended by: npm run cli-reference
it('shows the help of every command', () => {
  expect(readPage(PAGE)).toBe(reference());
});

it('has the schema of release files', () => {
  expect(JSON.parse(readPage(SCHEMA))).toEqual(RELEASE_SCHEMA);
});

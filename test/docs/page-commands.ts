import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { CodeBlock } from './markdown.js';
import { ROOT } from './pages.js';

/** The variables whose values a page tells its reader to set, which a test sets to those of its service. */
export type ReaderVariable =
  'IMGSRV_URL' | 'IMGSRV_TOKEN' | 'IMGSRV_ADMIN_TOKEN' | 'IMGSRV_POSTGRES_URL' | 'IMGSRV_STORAGE_DIR';

export interface Surroundings {
  /** Where the commands run; also their home. */
  readonly folder: string;
  readonly variables: Readonly<Partial<Record<ReaderVariable, string>>>;
}

/** A block of commands, what the page shows of its output, and what it was. */
export interface ExecutedBlock {
  readonly block: CodeBlock;
  /** The `text` block that follows it. */
  readonly shown?: string;
  /** Standard output and standard error. */
  readonly output: string;
}

const LONGEST_RUN_MS = 110_000;

export const isCommands = ({ language }: CodeBlock): boolean => ['sh', 'bash', 'console'].includes(language);

/**
 * Runs the commands of a page in order in one bash, as its reader would, and stops at the first that fails. Nothing of
 * them is changed but the values of the reader's variables. Rejects with the output when one fails.
 */
export async function runCommands(
  blocks: readonly CodeBlock[],
  surroundings: Surroundings,
  /** Lines that a reader has typed before, on another page or section. */
  before: readonly string[] = [],
): Promise<ExecutedBlock[]> {
  const marker = `block ${randomUUID()}`;
  const commands = blocks.filter(isCommands);
  const script = [
    ...before,
    ...commands.map((block, index) => `echo '${marker} ${index}'\n${settled(block.text, surroundings)}`),
  ].join('\n');
  const outputs = new Map<number, string>();
  for (const piece of (await runBash(script, surroundings.folder)).split(`${marker} `).slice(1)) {
    const [index = ''] = piece.split('\n', 1);
    outputs.set(Number(index), piece.slice(index.length + 1));
  }
  return commands.map((block, index) => ({
    block,
    output: outputs.get(index) ?? '',
    ...shownAfter(blocks, block),
  }));
}

/** Whether an output is what a page shows: `…` is any text within a line, a line of `…` any lines. */
export function looksAsShown(output: string, shown: string): boolean {
  const pattern = shown
    .trim()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\\n)*?.*' : line.trimEnd().split('…').map(escape).join('.*')))
    .join('\\n');
  const lines = output.trim().split('\n');
  return new RegExp(`^${pattern}$`).test(lines.map((line) => line.trimEnd()).join('\n'));
}

function escape(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function shownAfter(blocks: readonly CodeBlock[], block: CodeBlock): { readonly shown?: string } {
  const next = blocks[blocks.indexOf(block) + 1];
  return next?.language === 'text' ? { shown: next.text } : {};
}

/** Every line that sets a variable of the reader, with the value that it has here. */
function settled(commands: string, { variables }: Surroundings): string {
  return commands.replaceAll(
    /^export (IMGSRV_\w+)=(?:[a-z]+:\/\/\S+|\/\S+|\S*…)$/gm,
    (line, name: string) => {
      const value = Object.entries(variables).find(([variable]) => variable === name)?.[1];
      if (value === undefined) {
        throw new Error(`the test has no value for: ${line}`);
      }
      return `export ${name}='${value}'`;
    },
  );
}

async function runBash(script: string, folder: string): Promise<string> {
  // As npm installs it.
  const command = `imgsrv() { '${process.execPath}' '${ROOT}/apps/cli/imgsrv.mjs' "$@"; }`;
  const child = spawn('bash', ['-c', `exec 2>&1\nset -euo pipefail\n${command}\n${script}`], {
    cwd: folder,
    env: {
      HOME: folder,
      PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin`,
      LC_ALL: 'C.UTF-8',
      NO_PROXY: '*',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_RUN_MS,
  });
  const ended = once(child, 'close');
  const output = await text(child.stdout);
  await ended;
  if (child.exitCode !== 0) {
    throw new Error(`the commands ended with ${String(child.exitCode)}:\n${output}`);
  }
  return output;
}

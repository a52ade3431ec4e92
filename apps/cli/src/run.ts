import { CommanderError } from 'commander';
import { CliError } from './cli.errors.js';
import { EXIT_CODES } from './exit-codes.js';
import { explainError, type Explanation } from './explain-error.js';
import { printable } from './output/printable.js';
import { createProgram } from './program.js';
import { processTerminal } from './settings/process-terminal.js';
import type { Terminal } from './settings/terminal.js';

/** The command of this process: Ctrl-C lets what runs end in order, a second one ends it at once. */
export async function runInTerminal(): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      interrupted.abort(
        new CliError('interrupted', 'Interrupted.', 'Run the command again to go on where it was.'),
      );
    });
  }
  // A reader that goes away (`imgsrv ls | head`) ends the command, and is no failure.
  process.stdout.on('error', () => process.exit(EXIT_CODES.success));
  process.exitCode = await runCli(process.argv.slice(2), processTerminal(interrupted.signal));
}

/** Runs one command line; resolves with its exit code. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' });
    return EXIT_CODES.success;
  } catch (error) {
    if (error instanceof CommanderError) return codeOfCommander(error);
    // Whatever an interruption ends says so in its own way.
    const explanation = explainError(terminal.signal.aborted ? terminal.signal.reason : error);
    tell(explanation, args, terminal);
    return EXIT_CODES[explanation.reason];
  }
}

/** Commander has written its message already. */
function codeOfCommander({ code, exitCode }: CommanderError): number {
  const wasAsked =
    ['commander.helpDisplayed', 'commander.help', 'commander.version'].includes(code) && exitCode === 0;
  return wasAsked ? EXIT_CODES.success : EXIT_CODES.usage;
}

function tell(
  { reason, code, message, hint, requestId }: Explanation,
  args: readonly string[],
  { stderr }: Terminal,
): void {
  if (args.includes('--json')) {
    const error = { code, message, hint, request_id: requestId, exit_code: EXIT_CODES[reason] };
    stderr.write(`${JSON.stringify({ error })}\n`);
    return;
  }
  const lines = [`imgsrv: ${message}`, ...(hint === undefined ? [] : [`  ${hint}`])];
  // For what only the operators can find out.
  if (requestId !== undefined && reason === 'failure') lines.push(`  The request was ${requestId}.`);
  stderr.write(`${printable(lines.join('\n'))}\n`);
}

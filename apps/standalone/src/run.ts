import { type Command, InvalidSettingError, createLogger, parseCommandLine } from '@imgsrv/platform';
import { launch } from './launcher.js';

const EXIT_USAGE = 2;

/** `npm start`: api and worker with an embedded Postgres and a folder for the blobs, unless settings name others. */
export async function runStandalone(): Promise<void> {
  // A reader that goes away (`npm start | head`) must not take the service down.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  process.exit(await exitCodeOf(process.argv.slice(2)));
}

async function exitCodeOf(userFlags: readonly string[]): Promise<number> {
  let command: Command;
  try {
    command = parseCommandLine('standalone', userFlags);
  } catch (error) {
    if (error instanceof InvalidSettingError) {
      process.stderr.write(`imgsrv: ${error.message}\n`);
      return EXIT_USAGE;
    }
    throw error;
  }
  if (command.kind === 'print') {
    process.stdout.write(`${command.text}\n`);
    return 0;
  }
  return launch(command.config, userFlags, createLogger(command.config));
}

import { openObjectStore } from '@imgsrv/cas';
import {
  type Command,
  createLogger,
  type Finding,
  InvalidSettingError,
  parseCommandLine,
  quietSdkVersionWarning,
} from '@imgsrv/platform';
import { examine } from './examine.js';

const EXIT_PROBLEM = 1;
const EXIT_USAGE = 2;
/** As a shell tells it of a process that a signal ended. */
const EXIT_STOPPED = 143;

/** Examines what the settings name, says on stdout what it found, and ends: with 0 when there is no problem. */
export async function runDoctor(): Promise<void> {
  const command = readCommand();
  if (command.kind === 'print') {
    process.stdout.write(`${command.text}\n`);
    return;
  }
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => process.exit(EXIT_STOPPED));
  }
  quietSdkVersionWarning();
  const { config } = command;
  const store = openObjectStore(config, createLogger(config));
  const findings = await examine(config, store);
  await store?.close();
  const text = config.json ? JSON.stringify({ findings }, undefined, 2) : findings.map(lineOf).join('\n');
  process.stdout.write(`${text}\n`);
  process.exitCode = findings.some(({ verdict }) => verdict === 'problem') ? EXIT_PROBLEM : 0;
}

function lineOf({ check, verdict, detail, advice }: Finding): string {
  return [
    verdict.padEnd('warning'.length),
    `${check}:`,
    detail,
    ...(advice === undefined ? [] : [advice]),
  ].join(' ');
}

function readCommand(): Command {
  try {
    return parseCommandLine('doctor', process.argv.slice(2));
  } catch (error) {
    if (error instanceof InvalidSettingError) {
      process.stderr.write(`imgsrv: ${error.message}\n`);
      process.exit(EXIT_USAGE);
    }
    throw error;
  }
}

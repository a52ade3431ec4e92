import { parseArgs } from 'node:util';
import { type BuildInfo, BUILD_INFO, describeBuild } from './build-info.js';
import { type Config, readConfig } from './config.js';
import { InvalidSettingError } from './invalid-setting.error.js';
import type { FlagTexts } from './read-setting.js';
import {
  type ProcessName,
  type Setting,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
  defaultText,
  environmentName,
} from './settings.js';
import { VERSION } from './version.js';

export type Command =
  { readonly kind: 'run'; readonly config: Config } | { readonly kind: 'print'; readonly text: string };

/**
 * Reads the arguments and environment of a process. `--help` and `--version` give a text to print.
 * Throws InvalidSettingError for an unknown flag or a bad value.
 */
export function parseCommandLine(
  processName: ProcessName,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  build: BuildInfo = BUILD_INFO,
): Command {
  const { flags, help, version } = readFlags(argv);
  if (help) {
    return { kind: 'print', text: helpText(processName) };
  }
  if (version) {
    return { kind: 'print', text: `imgsrv ${describeBuild(build)}` };
  }
  return { kind: 'run', config: readConfig(processName, flags, environment) };
}

function readFlags(argv: readonly string[]): { flags: FlagTexts; help: boolean; version: boolean } {
  const options = Object.fromEntries(SETTING_NAMES.map((name) => [name, { type: 'string' as const }]));
  try {
    const { values } = parseArgs({
      args: withSwitchValues(argv),
      options: { ...options, help: { type: 'boolean', short: 'h' }, version: { type: 'boolean' } },
      strict: true,
      allowPositionals: false,
    });
    const { help, version, ...flags } = values;
    return { flags, help: help === true, version: version === true };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidSettingError(`${message.split('. ')[0] ?? message}; --help lists every flag.`);
  }
}

/** `--s3-use-tls` alone becomes `--s3-use-tls=true`, as `parseArgs` knows no optional values. */
function withSwitchValues(argv: readonly string[]): string[] {
  return argv.map((arg, index) => {
    const definition: Setting<unknown> | undefined = isSettingName(arg.slice(2))
      ? SETTINGS[arg.slice(2) as SettingName]
      : undefined;
    const next = argv[index + 1];
    const bare = arg.startsWith('--') && definition?.switch === true && next !== 'true' && next !== 'false';
    return bare ? `${arg}=true` : arg;
  });
}

function isSettingName(text: string): text is SettingName {
  return Object.hasOwn(SETTINGS, text);
}

const COMMAND: Record<ProcessName, string> = {
  api: 'npm run start:api --',
  worker: 'npm run start:worker --',
  rebuild: 'npm run start:rebuild --',
  doctor: 'npm run start:doctor --',
  standalone: 'npm start --',
};

const ABOUT: Record<ProcessName, string> = {
  api: 'Serves the REST API and the images.',
  worker: 'Verifies uploads, publishes versions, and removes what nothing needs.',
  rebuild:
    'Restores the published catalogue into an empty database from the store alone, then ends. Safe to repeat.\n' +
    'Exits with 1 when anything could not be restored.',
  doctor:
    'Tries the store and looks at the database as the processes would use them, says what it found, and ends.\n' +
    'Changes nothing that lasts. Exits with 1 when it found a problem.',
  standalone: 'Serves and works in one go, with a Postgres and a store of its own unless others are set.',
};

/** Every process takes every setting, so that all of them can be given the same environment. Here are those that it uses. */
function isUsed(name: SettingName, processName: ProcessName): boolean {
  if (processName === 'rebuild') {
    return /^(?:postgres|s3|storage|log-format$|verbosity$|verify-bytes$)/.test(name);
  }
  if (processName === 'doctor') {
    return /^(?:postgres|s3|storage|log-format$|verbosity$|json$)/.test(name);
  }
  const [, owner = processName] = /^(api|worker|rebuild|doctor): /.exec(SETTINGS[name].help) ?? [];
  return owner === processName || (processName === 'standalone' && ['api', 'worker'].includes(owner));
}

function helpText(processName: ProcessName): string {
  const rows = SETTING_NAMES.filter((name) => isUsed(name, processName)).map((name) => {
    const fallback = defaultText(name, processName);
    const suffix = fallback === undefined ? '' : ` (default ${fallback})`;
    return `  --${name.padEnd(40)} ${SETTINGS[name].help}${suffix}`;
  });
  return [
    `imgsrv ${VERSION}: a self-hosted server of VM and container images`,
    ABOUT[processName],
    '',
    `Usage: ${COMMAND[processName]} [--flag value ...]`,
    `       in the container image: ${processName} [--flag value ...]`,
    '',
    `Each flag can be given as an environment variable instead, --s3-bucket as ${environmentName('s3-bucket')}; a flag wins.`,
    'Durations: 500ms, 5s, 1m, 1h, 30d. Sizes: 1048576, 512MiB, 1TiB.',
    '',
    ...rows,
    `  --${'help'.padEnd(40)} print this text`,
    `  --${'version'.padEnd(40)} print the version, its commit and when it was built`,
  ].join('\n');
}

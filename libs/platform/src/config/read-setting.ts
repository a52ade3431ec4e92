import { InvalidSettingError } from './invalid-setting.error.js';
import { readSecretFile } from './secret-file.js';
import {
  type ProcessName,
  type Setting,
  SETTINGS,
  type SettingName,
  defaultText,
  environmentName,
  fileFormOf,
} from './settings.js';

/** Raw setting texts by name, as flags gave them. */
export type FlagTexts = Readonly<Partial<Record<SettingName, string>>>;

export type SettingValue<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;

/**
 * Reads single settings out of flags and environment (a flag wins), or out of the files that they name, each once.
 * What it returns throws InvalidSettingError, one sentence naming the setting and never showing a secret.
 */
export function settingReader(
  processName: ProcessName,
  flags: FlagTexts,
  environment: NodeJS.ProcessEnv,
): <N extends SettingName>(name: N) => SettingValue<N> | undefined {
  const given = (name: SettingName): string | undefined => flags[name] ?? environment[environmentName(name)];
  const values = new Map<SettingName, unknown>();
  return <N extends SettingName>(name: N) => {
    if (!values.has(name)) {
      values.set(name, readSetting(name, given, processName));
    }
    return values.get(name) as SettingValue<N> | undefined;
  };
}

/** `--s3-bucket (IMGSRV_S3_BUCKET)` */
export function describeSetting(name: SettingName): string {
  return `--${name} (${environmentName(name)})`;
}

function readSetting(
  name: SettingName,
  given: (name: SettingName) => string | undefined,
  processName: ProcessName,
): unknown {
  const text = given(name);
  const fileForm = fileFormOf(name);
  const file = fileForm === undefined ? undefined : given(fileForm);
  if (fileForm === undefined || file === undefined) {
    return parseSetting(name, text ?? defaultText(name, processName));
  }
  if (text !== undefined) {
    throw new InvalidSettingError(
      `${describeSetting(name)} and ${describeSetting(fileForm)} exclude each other; set one of them.`,
    );
  }
  return parseFile(name, fileForm, file);
}

function parseSetting(name: SettingName, text: string | undefined): unknown {
  const definition: Setting<unknown> = SETTINGS[name];
  if (text === undefined) {
    return undefined;
  }
  try {
    return definition.parse(text);
  } catch (error) {
    const shown = definition.secret === true ? '' : `, not ${JSON.stringify(text)}`;
    throw new InvalidSettingError(`${describeSetting(name)} must be ${messageOf(error)}${shown}.`);
  }
}

function parseFile(name: SettingName, fileForm: SettingName, file: string): unknown {
  const definition: Setting<unknown> = SETTINGS[name];
  let text: string;
  try {
    text = readSecretFile(file);
  } catch (error) {
    throw new InvalidSettingError(
      `${describeSetting(fileForm)} must be ${messageOf(error)}, not ${JSON.stringify(file)}.`,
    );
  }
  try {
    return definition.parse(text);
  } catch (error) {
    throw new InvalidSettingError(
      `The file of ${describeSetting(fileForm)}, ${JSON.stringify(file)}, must hold ${messageOf(error)}.`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import { type SettingName, environmentName } from './settings.js';

/**
 * The environment of a child process: ours, with some settings replaced. For what must not be an argument, because
 * arguments are visible to every user of the machine.
 */
export function childEnvironment(
  settings: Readonly<Partial<Record<SettingName, string>>>,
): NodeJS.ProcessEnv {
  const entries = Object.entries(settings).map(([name, text]) => [
    environmentName(name as SettingName),
    text,
  ]);
  return { ...process.env, ...(Object.fromEntries(entries) as Record<string, string>) };
}

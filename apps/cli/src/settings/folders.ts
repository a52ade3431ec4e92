import { isAbsolute, join } from 'node:path';
import type { Terminal } from './terminal.js';

/** Where the command keeps its files (XDG Base Directory Specification; a relative path there counts as none). */
export function configFile({ environment, home }: Terminal): string {
  return join(folder(environment['XDG_CONFIG_HOME'], join(home, '.config')), 'imgsrv', 'config.json');
}

/** Remembers uploads until they are over. */
export function uploadsFolder({ environment, home }: Terminal): string {
  return join(folder(environment['XDG_STATE_HOME'], join(home, '.local', 'state')), 'imgsrv', 'uploads');
}

function folder(named: string | undefined, otherwise: string): string {
  return named !== undefined && isAbsolute(named) ? named : otherwise;
}

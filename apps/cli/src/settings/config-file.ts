import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { usageError } from '../cli.errors.js';

export const OIDC_PROVIDERS = ['github', 'gitlab'] as const;
export type OidcProvider = (typeof OIDC_PROVIDERS)[number];

/** How to be let in by one server. */
export interface SavedServer {
  readonly token?: string;
  readonly oidc?: OidcProvider;
  readonly audience?: string;
  /** Path of a PEM file. */
  readonly ca_cert?: string;
}

export interface SavedConfig {
  /** The server that commands speak to. */
  readonly current?: string;
  readonly servers: Readonly<Record<string, SavedServer>>;
}

const EMPTY: SavedConfig = { servers: {} };

/** What was saved; nothing when there is no file. Throws a usage error that names a file that cannot be read. */
export async function readConfig(file: string): Promise<SavedConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === 'ENOENT') return EMPTY;
    throw usageError(
      `The configuration ${file} cannot be read (${code ?? 'unknown'}).`,
      'Make it yours (chmod 600), or remove it and log in again.',
    );
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (isConfig(parsed)) return parsed;
  } catch {
    // As below.
  }
  throw usageError(
    `The configuration ${file} is not what imgsrv wrote.`,
    'Remove it and log in again: imgsrv login URL.',
  );
}

/** Replaces the file as a whole. Only its owner may read it. */
export async function writeConfig(file: string, config: SavedConfig): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const written = `${file}.${randomUUID()}`;
  await writeFile(written, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  // Whatever the umask says.
  await chmod(written, 0o600);
  await rename(written, file);
}

function isConfig(value: unknown): value is SavedConfig {
  const { current, servers } = (value ?? {}) as Record<string, unknown>;
  return (
    (current === undefined || typeof current === 'string') &&
    typeof servers === 'object' &&
    servers !== null &&
    Object.values(servers).every(isServer)
  );
}

function isServer(value: unknown): boolean {
  const { token, oidc, audience, ca_cert } = (value ?? {}) as Record<string, unknown>;
  return (
    [token, audience, ca_cert].every((text) => text === undefined || typeof text === 'string') &&
    (oidc === undefined || OIDC_PROVIDERS.some((provider) => provider === oidc))
  );
}

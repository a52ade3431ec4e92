import { readFileSync } from 'node:fs';
import { VERSION } from './version.js';

/** Which imgsrv this is. Commit and date are absent in a build outside a git checkout and without build arguments. */
export interface BuildInfo {
  readonly version: string;
  /** Full hash; `-dirty` follows when the checkout had changes. */
  readonly commit?: string;
  /** RFC 3339, UTC. */
  readonly builtAt?: string;
}

const LONG_HASH = /^([0-9a-f]{12})[0-9a-f]+/;

/** The build that runs, as `stamp-build.mjs` wrote it down in `dist`. */
export const BUILD_INFO: BuildInfo = readBuildInfo(new URL('../../../../build-info.json', import.meta.url));

/** Never throws: a stamp that is not there or not readable is an unknown commit. */
export function readBuildInfo(file: URL): BuildInfo {
  try {
    const stamp: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return { version: VERSION, ...textOf(stamp, 'commit'), ...textOf(stamp, 'builtAt') };
  } catch {
    return { version: VERSION };
  }
}

/** `0.1.0 (commit 0123456789ab, built 2026-01-31T12:00:00Z)` */
export function describeBuild({ version, commit, builtAt }: BuildInfo): string {
  const origin = commit === undefined ? 'unknown commit' : `commit ${commit.replace(LONG_HASH, '$1')}`;
  return `${version} (${origin}${builtAt === undefined ? '' : `, built ${builtAt}`})`;
}

function textOf<K extends keyof BuildInfo>(stamp: unknown, key: K): Partial<Record<K, string>> {
  const value: unknown = typeof stamp === 'object' && stamp !== null ? Reflect.get(stamp, key) : undefined;
  return typeof value === 'string' && value !== '' ? ({ [key]: value } as Record<K, string>) : {};
}

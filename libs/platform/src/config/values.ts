import { isNetworkList } from '../network/networks.js';

/** Parsers of single setting values. Each throws an Error whose message completes "must be …". */

export interface ListenAddress {
  /** Absent: every interface. */
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** `host:port`, `[v6]:port` or `:port`; the empty text means off. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text === '') {
    return undefined;
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new Error('host:port or :port with a port of 0 to 65535');
  }
  const host = match[1] ?? match[2];
  return host === undefined || host === '' ? { port } : { host, port };
}

const DURATION_UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `500ms`, `5s`, `1m`, `1h` or `30d`, in milliseconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unitMs = DURATION_UNIT_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) {
    throw new Error('a duration such as 500ms, 5s, 1m, 1h or 30d');
  }
  return Number(match[1]) * unitMs;
}

/** The shortest text that `parseDurationMs` reads as this. */
export function formatDuration(durationMs: number): string {
  const [unit, unitMs] = Object.entries(DURATION_UNIT_MS).findLast(([, ms]) => durationMs % ms === 0) ?? [
    'ms',
    1,
  ];
  return `${durationMs / unitMs}${unit}`;
}

export interface RetentionSetting {
  readonly keepNewest?: number;
  readonly keepYoungerThanMs?: number;
}

/** `keep_newest=5,keep_younger_than=90d`, or one of the two; the empty text is none. */
export function parseRetention(text: string): RetentionSetting | undefined {
  if (text === '') {
    return undefined;
  }
  const match =
    /^(?:keep_newest=([1-9]\d{0,4}))?(?:(?:^|(?<=\d),)keep_younger_than=([1-9]\d{0,4}[smhd]))?$/.exec(text);
  if (match === null) {
    throw new Error('keep_newest=5, keep_younger_than=90d, or both, separated by a comma');
  }
  const [, newest, youngerThan] = match;
  return {
    ...(newest === undefined ? {} : { keepNewest: Number(newest) }),
    ...(youngerThan === undefined ? {} : { keepYoungerThanMs: parseDurationMs(youngerThan) }),
  };
}

/** As `parseDurationMs`, but not zero. */
export function parsePositiveDurationMs(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === 0) {
    throw new Error('a duration above zero');
  }
  return durationMs;
}

const SHORTEST_AUDIT_RETENTION_MS = 30 * 86_400_000;
const LONGEST_AUDIT_RETENTION_MS = 36_500 * 86_400_000;

/** As `parseDurationMs`, and not so short that whoever breaks in could wait until it is forgotten; the empty text is none. */
export function parseAuditRetention(text: string): number | undefined {
  if (text === '') {
    return undefined;
  }
  const durationMs = parseDurationMs(text);
  if (durationMs < SHORTEST_AUDIT_RETENTION_MS || durationMs > LONGEST_AUDIT_RETENTION_MS) {
    throw new Error('a duration of 30d to 36500d');
  }
  return durationMs;
}

const SIZE_UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** A byte count, plain or with KiB, MiB, GiB or TiB, up to 5 TiB: what a store keeps as one object. */
export const parseSizeBytes = sizeUpTo(5);

/** As `parseSizeBytes`, up to 4096 TiB: disks as guests see them. */
export const parseDiskSizeBytes = sizeUpTo(4096);

const parseStoredBytes = sizeUpTo(8191);

/** As `parseSizeBytes`, up to 8191 TiB; the empty text is none. */
export function parseQuotaBytes(text: string): number | undefined {
  return text === '' ? undefined : parseStoredBytes(text);
}

function sizeUpTo(tebibytes: number): (text: string) => number {
  return (text) => {
    const match = /^(\d{1,16})(KiB|MiB|GiB|TiB)?$/.exec(text);
    const sizeBytes = Number(match?.[1]) * (SIZE_UNIT_BYTES[match?.[2] ?? ''] ?? Number.NaN);
    if (!(sizeBytes >= 0 && sizeBytes <= tebibytes * 2 ** 40)) {
      throw new Error(`a size such as 1048576, 512MiB or 1TiB, at most ${tebibytes}TiB`);
    }
    return sizeBytes;
  };
}

export function parsePositiveInteger(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new Error('a whole number from 1 to 999999');
  }
  return Number(text);
}

/** 0 is allowed. */
export function parseWholeNumber(text: string): number {
  return text === '0' ? 0 : parsePositiveInteger(text);
}

/** IP addresses and CIDR networks, separated by commas; the empty text is none. */
export function parseNetworks(text: string): readonly string[] {
  const networks = text === '' ? [] : text.split(',');
  if (!isNetworkList(networks)) {
    throw new Error('IP addresses or networks such as 10.0.0.0/8, separated by commas');
  }
  return networks;
}

export function parseBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') {
    throw new Error('true or false');
  }
  return text === 'true';
}

export function parseText(text: string): string {
  if (text === '') {
    throw new Error('not empty');
  }
  return text;
}

export function oneOf<const T extends string>(...values: readonly T[]): (text: string) => T {
  return (text) => {
    const value = values.find((candidate) => candidate === text);
    if (value === undefined) {
      throw new Error(`one of ${values.join(', ')}`);
    }
    return value;
  };
}

/** An absolute http(s) URL without query, fragment or credentials; returned without a trailing slash. */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new Error('an absolute http or https URL');
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    throw new Error('a URL without query, fragment or credentials');
  }
  return url.href.replace(/\/+$/, '');
}

export function parsePostgresUrl(text: string): string {
  if (!URL.canParse(text) || !['postgres:', 'postgresql:'].includes(new URL(text).protocol)) {
    throw new Error('a URL such as postgres://user:password@host:5432/database');
  }
  return text;
}

/** `host:port` or `host`, without a scheme. */
export function parseEndpoint(text: string): string {
  if (!/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/.test(text)) {
    throw new Error('host:port without a scheme');
  }
  return text;
}

export function parsePath(text: string): string {
  if (!/^\/[A-Za-z0-9/_.-]*$/.test(text)) {
    throw new Error('a path that begins with /');
  }
  return text;
}

/** Host names or addresses as they stand in URLs, separated by commas, in lower case; the empty text is none. */
export function parseHostNames(text: string): readonly string[] {
  const names = text === '' ? [] : text.toLowerCase().split(',');
  if (!names.every((name) => /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$/.test(name))) {
    throw new Error('host names separated by commas, without ports');
  }
  return names;
}

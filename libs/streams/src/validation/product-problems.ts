import { COMBINED_HASH_FIELDS, toIncusArchitecture } from '@imgsrv/catalog';
import { DELTA_BASE_KEY } from '../rendering/delta-items.js';
import { FILES_PATH } from '../rendering/documents.js';
import { hasShape, isObject, Problems, type JsonObject, type Shape } from './shapes.js';

const PRODUCT: Shape = {
  required: {
    aliases: 'string',
    arch: 'string',
    os: 'string',
    release: 'string',
    release_title: 'string',
    variant: 'string',
    version: 'string',
    requirements: 'string-map',
    versions: 'object',
  },
  optional: { lxd_requirements: 'string-map', support_eol: 'string' },
};
const VERSION: Shape = { required: { items: 'object', pubname: 'string' }, optional: { label: 'string' } };
const ITEM: Shape = {
  required: { ftype: 'string', path: 'string', sha256: 'string', size: 'int64' },
  optional: {
    delta_base: 'string',
    ...Object.fromEntries(COMBINED_HASH_FIELDS.map((field) => [field, 'string' as const])),
  },
};
const ALIASES = /^$|^[^\s,]+(,[^\s,]+)*$/;
const VERSION_KEY = /^(\d{4})(\d{2})(\d{2})_([01]\d|2[0-3])[0-5]\d$/;
const HEX = /^[0-9a-f]{64}$/;
const FILE_PATH = new RegExp(`^${FILES_PATH}/([0-9a-f]{64})/[A-Za-z0-9][A-Za-z0-9._-]{0,254}$`);

/** What a client would stumble over in one product; nothing when it is sound. */
export function productProblems(product: unknown, where = 'product'): readonly string[] {
  const problems = new Problems();
  if (hasShape(product, PRODUCT, where, problems)) {
    checkNames(product, where, problems);
    checkVersions(product.versions, where, problems);
  }
  return problems.found;
}

function checkNames(product: JsonObject, where: string, problems: Problems): void {
  const { aliases, arch } = product;
  if (typeof aliases === 'string' && !ALIASES.test(aliases)) {
    problems.add(where, 'aliases is not a comma-separated list without blanks');
  }
  if (typeof arch === 'string' && toIncusArchitecture(arch) !== arch) {
    problems.add(where, `arch is ${arch}, which is not in the spelling of Incus`);
  }
}

function checkVersions(versions: unknown, where: string, problems: Problems): void {
  const entries = isObject(versions) ? Object.entries(versions) : [];
  const bases = entries.filter(([key]) => key === DELTA_BASE_KEY);
  if (entries.length - bases.length !== 1) {
    problems.add(where, `has ${entries.length - bases.length} versions instead of one`);
  }
  checkDeltas(entries, bases.length, where, problems);
  for (const [key, version] of entries) {
    if (key !== DELTA_BASE_KEY && !isVersionKey(key)) {
      problems.add(where, `the version key ${key} is not a time as YYYYMMDD_HHMM`);
    }
    if (hasShape(version, VERSION, `${where} version ${key}`, problems)) {
      checkItems(version.items, `${where} version ${key}`, problems);
    }
  }
}

/** A client applies every delta whose base it has, one to what another has made, so there is one at most. */
function checkDeltas(
  versions: readonly (readonly [string, unknown])[],
  bases: number,
  where: string,
  problems: Problems,
): void {
  const items = versions.flatMap(([, version]) =>
    isObject(version) && isObject(version.items) ? Object.values(version.items) : [],
  );
  const deltas = items.filter((item) => isObject(item) && item.delta_base !== undefined);
  if (deltas.length !== bases) {
    problems.add(where, `has ${deltas.length} deltas and ${bases} bases instead of one of each or none`);
  }
  if (deltas.some((item) => isObject(item) && item.delta_base !== DELTA_BASE_KEY)) {
    problems.add(where, 'has a delta of a version that it does not have');
  }
}

/** Go reads the first eight characters as a date and drops the version when there is no such day. */
function isVersionKey(key: string): boolean {
  const [, year, month, day] = VERSION_KEY.exec(key) ?? [];
  if (year === undefined || month === undefined || day === undefined) {
    return false;
  }
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

function checkItems(items: unknown, where: string, problems: Problems): void {
  const entries = isObject(items) ? Object.entries(items) : [];
  if (entries.length === 0) {
    problems.add(where, 'has no items');
  }
  for (const [key, item] of entries) {
    if (hasShape(item, ITEM, `${where} item ${key}`, problems)) {
      checkItem(item, `${where} item ${key}`, problems);
    }
  }
}

function checkItem(item: JsonObject, where: string, problems: Problems): void {
  const { ftype, path, sha256, size } = item;
  if (ftype === '') {
    problems.add(where, 'ftype is empty');
  }
  if (typeof size === 'number' && size < 0) {
    problems.add(where, 'size is negative');
  }
  if (typeof path === 'string' && FILE_PATH.exec(path)?.[1] !== sha256) {
    problems.add(where, 'path is not the one of a file with that sha256');
  }
  for (const name of ['sha256', ...COMBINED_HASH_FIELDS]) {
    const hash = item[name];
    if (typeof hash === 'string' && !HEX.test(hash)) {
      problems.add(where, `${name} is not a sha256 in lower-case hex`);
    }
  }
}

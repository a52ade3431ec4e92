import { checkDeclaredFormat } from './check-declared-format.js';
import { makeQcow2 } from './fixtures/qcow2-bytes.js';
import { readRealHeads } from './fixtures/real-heads.js';
import { FORMAT_NAMES, type FormatName } from './image-formats.js';
import { inspectHeader } from './inspect-header.js';

const realHeads = readRealHeads();

function check(format: FormatName, name: string): string | undefined {
  const real = realHeads.get(name);
  if (real === undefined) throw new Error(`no fixture ${name}`);
  return checkDeclaredFormat(format, inspectHeader(real.head, real.sizeBytes));
}

/** Which formats a real file may be declared as; every other declaration is refused. */
const ACCEPTED: Record<string, readonly FormatName[]> = {
  qcow2: ['qcow2'],
  'qcow2-v2': ['qcow2'],
  'raw-gpt': ['raw'],
  'raw-mbr': ['raw'],
  'raw-ext4': ['raw'],
  'raw-gz': ['raw.gz'],
  'raw-gz-with-name': ['raw.gz'],
  'squashfs-gzip': ['raw', 'squashfs'],
  'squashfs-xz': ['raw', 'squashfs'],
  'tar-xz': ['rootfs.tar.xz'],
  'tar-gz': ['incus.tar.gz'],
  'qcow2-backing-file': [],
  'qcow2-external-data-file': [],
  'qcow2-aes': [],
  'qcow2-gz': [],
  qcow1: [],
  qed: [],
  vmdk: [],
  'vmdk-descriptor': [],
  vdi: [],
  vhdx: [],
  vhd: [],
  parallels: [],
  tar: [],
  'tar-pax': [],
  'tar-v7': [],
  'tar-zst': [],
  'tar-bz2': [],
  lz4: [],
};

test.each(
  Object.entries(ACCEPTED).flatMap(([name, accepted]) =>
    FORMAT_NAMES.map((format) => [name, format, accepted.includes(format) ? 'accepted' : 'refused'] as const),
  ),
)('%s declared as %s is %s', (name, format, verdict) => {
  const refusal = check(format, name);
  if (verdict === 'accepted') expect(refusal).toBeUndefined();
  else expect(refusal).toMatch(/^[A-Z].*\.$/);
});

test.each<[FormatName, string, string]>([
  ['raw', 'qcow2', 'The artifact is declared as raw but its bytes are a qcow2 image.'],
  ['raw.gz', 'qcow2-gz', 'The artifact is declared as raw.gz but its decompressed bytes are a qcow2 image.'],
  ['qcow2', 'raw-gpt', 'The artifact is declared as qcow2 but its bytes are of no known format.'],
  [
    'incus.tar.gz',
    'raw-gz',
    'The artifact is declared as incus.tar.gz but its decompressed bytes are of no known format.',
  ],
])('says what is wrong with %s for %s', (format, name, sentence) => {
  expect(check(format, name)).toBe(sentence);
});

it('gives the reason of the header when declared and detected agree', () => {
  expect(check('qcow2', 'qcow2-backing-file')).toMatch(/has a backing file/);
});

it('refuses a sound qcow2 as raw and keeps the refusal for a broken one', () => {
  for (const version of [1, 2, 3, 4, 0]) {
    const head = makeQcow2({ version });
    expect(checkDeclaredFormat('raw', inspectHeader(head, head.length))).toMatch(/declared as raw/);
  }
});

it('judges an inspection that was stored and read again', () => {
  const stored: unknown = JSON.parse(JSON.stringify(inspectHeader(makeQcow2(), 2 ** 20)));
  expect(checkDeclaredFormat('qcow2', stored as ReturnType<typeof inspectHeader>)).toBeUndefined();
});

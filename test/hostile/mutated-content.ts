import { gunzipSync, gzipSync } from 'node:zlib';
import { makeQcow2 } from '../../libs/catalog/src/formats/fixtures/qcow2-bytes.js';
import { makeRandom, type Random } from '../../libs/catalog/src/formats/fixtures/random.js';
import { readRealHeads } from '../../libs/catalog/src/formats/fixtures/real-heads.js';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { tarMember } from '../fixtures/tar-bytes.js';
import { mutateBytes, mutateTables, mutateTar } from './mutate-bytes.js';
import { mutatedYaml } from './mutate-yaml.js';
import { storeXz } from './store-xz.js';

/** Which of our readers has to bear the bytes. */
export type Reader =
  'tar.xz' | 'tar.gz' | 'header' | 'qcow2 content' | 'yaml' | 'rootfs.tar.xz' | 'incus.tar.gz' | 'raw.gz';

export interface MutatedContent {
  readonly kind: string;
  readonly reader: Reader;
  readonly bytes: Buffer;
  /** For `header`: what the whole file is said to have. */
  readonly sizeBytes: number;
}

type Sound = ReturnType<typeof readSound>;
type Kind = readonly [kind: string, reader: Reader, make: (sound: Sound, random: Random) => Buffer];

const KINDS: readonly Kind[] = [
  [
    'tar in gzip',
    'tar.gz',
    ({ tars }, random) => gzipSync(mutateTar(oneOf(tars, random), random), { level: 1 }),
  ],
  ['tar in xz', 'tar.xz', ({ tars }, random) => storeXz(mutateTar(oneOf(tars, random), random))],
  ['gzip', 'tar.gz', ({ gzips }, random) => mutateBytes(oneOf(gzips, random), random)],
  ['xz', 'tar.xz', ({ xzs }, random) => mutateBytes(oneOf(xzs, random), random)],
  ['root tar in xz', 'rootfs.tar.xz', ({ tars }, random) => storeXz(mutateTar(oneOf(tars, random), random))],
  ['root xz', 'rootfs.tar.xz', ({ xzs }, random) => mutateBytes(oneOf(xzs, random), random)],
  [
    'unified tar in gzip',
    'incus.tar.gz',
    ({ tars }, random) => gzipSync(mutateTar(oneOf(tars, random), random), { level: 1 }),
  ],
  ['disk in gzip', 'raw.gz', ({ gzips }, random) => mutateBytes(oneOf(gzips, random), random)],
  ['qcow2', 'header', ({ qcow2s }, random) => mutateBytes(oneOf(qcow2s, random), random)],
  ['qcow2 content', 'qcow2 content', ({ wholeQcow2 }, random) => mutateTables(wholeQcow2, random)],
  ['squashfs', 'header', ({ squashfses }, random) => mutateBytes(oneOf(squashfses, random), random)],
  ['any head', 'header', ({ heads }, random) => mutateBytes(oneOf(heads, random), random)],
  ['yaml', 'yaml', ({ yaml }, random) => mutatedYaml(yaml, random)],
  [
    'yaml in tar in gzip',
    'tar.gz',
    ({ yaml }, random) => gzipSync(tarOf(mutatedYaml(yaml, random)), { level: 1 }),
  ],
];

let sound: Sound | undefined;

/** The content number `index` of a seed: always the same, whatever was made before. */
export function mutatedContent(seed: number, index: number): MutatedContent {
  sound ??= readSound();
  const random = makeRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const [kind, reader, make] = oneOf(KINDS, () => index % KINDS.length);
  const bytes = make(sound, random);
  const sizeBytes = [bytes.length, 0, 2 ** 40, Number.MAX_SAFE_INTEGER][random(4)] ?? 0;
  return { kind, reader, bytes, sizeBytes };
}

/** Files of real tools, and the tar archive inside of the unified ones. */
function readSound() {
  const heads = [...readRealHeads().entries()].map(([name, { head }]) => ({
    name,
    head: head.subarray(0, 8192),
  }));
  const headsOf = (word: string) => heads.filter(({ name }) => name.includes(word)).map(({ head }) => head);
  const gzips = ['unified', 'unified-last'].map(readRealArchive);
  const yaml = readFirstFile(gunzipSync(readRealArchive('unified')));
  return {
    gzips,
    xzs: [
      'split',
      'split-best',
      'split-pax',
      'split-crc32',
      'split-two-streams',
      'split-two-blocks',
      'sha256-check',
      'x86-filter',
      'link',
    ].map(readRealArchive),
    tars: [...gzips.map((gzip) => gunzipSync(gzip)), tarOf(yaml), paxTar(yaml)],
    qcow2s: [...headsOf('qcow2'), makeQcow2({}, 4096), makeQcow2({ version: 2 }, 1024)],
    wholeQcow2: makeWholeQcow2(),
    squashfses: headsOf('squashfs'),
    heads: heads.map(({ head }) => head),
    yaml,
  };
}

function readFirstFile(tar: Buffer): Buffer {
  const start = tar.indexOf('architecture:');
  return tar.subarray(start, tar.indexOf(0, start));
}

function tarOf(yaml: Buffer): Buffer {
  return Buffer.concat([tarMember({ name: 'metadata.yaml' }, yaml), Buffer.alloc(1024)]);
}

/** Every sort of extension before the one file. */
function paxTar(yaml: Buffer): Buffer {
  return Buffer.concat([
    tarMember({ name: 'g', typeflag: 'g' }, Buffer.from('12 comment=\n')),
    tarMember({ name: 'L', typeflag: 'L' }, Buffer.from('rootfs/long\0')),
    tarMember({ name: 'short' }, Buffer.from('content')),
    tarMember({ name: 'sparse', typeflag: 'S' }, Buffer.alloc(512)),
    tarMember({ name: 'x', typeflag: 'x' }, Buffer.from('22 path=metadata.yaml\n')),
    tarOf(yaml),
  ]);
}

function oneOf<Item>(items: readonly Item[], random: Random): Item {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}

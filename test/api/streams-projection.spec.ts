import { Readable } from 'node:stream';
import type { VersionId } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { isProjectionRefusal, StreamsReports } from '@imgsrv/streams';
import { metadataArchive } from '../fixtures/metadata-archive.js';
import { Gate } from '../jobs/gate.js';
import { OpenedDatabase } from '../support/database.js';
import {
  type ArtifactFields,
  digestOf,
  METADATA,
  OTHER_METADATA,
  randomBytes,
  StreamsCatalog,
  unifiedImage,
} from './streams-catalog.js';

let opened: OpenedDatabase;
let database: Database;
let catalog: StreamsCatalog;

beforeAll(async () => {
  opened = await OpenedDatabase.open();
  ({ database } = opened);
});

const ARM64 = { architecture: 'aarch64', attachments: {} as Record<string, Buffer> };
const LOONG64 = { architecture: 'loongarch64', attachments: {} as Record<string, Buffer> };

beforeAll(async () => {
  for (const { architecture, attachments } of [ARM64, LOONG64]) {
    const metadata = await metadataArchive(`architecture: ${architecture}\ncreation_date: 1\n`);
    Object.assign(attachments, { 'incus.tar.xz': metadata });
  }
});

beforeEach(() => {
  catalog = new StreamsCatalog(database);
});

afterAll(() => opened.close());

let images = 0;
const newImage = () => `image-${(images += 1)}`;

interface RootRow {
  readonly client: string;
  readonly image_type: string;
  readonly architecture: string;
  readonly variant: string;
  readonly os: string;
  readonly release: string;
  readonly release_title: string;
  readonly requirements: object;
  readonly content: object | null;
  readonly format: string;
  readonly fingerprint: string;
}

async function rootsOf(versionId: VersionId): Promise<RootRow[]> {
  return database.rows<RootRow>(
    'SELECT * FROM stream_roots WHERE version_id = $1 ORDER BY client, image_type, architecture, variant',
    [versionId],
  );
}

/** Indexes a new version of these artifacts. */
async function indexed(artifacts: readonly ArtifactFields[], version = '1'): Promise<VersionId> {
  const id = await catalog.draft(newImage(), version, artifacts);
  await catalog.index(id);
  return id;
}

/** `format client: reason` of every artifact that a client is not shown. */
async function refusals(versionId: VersionId): Promise<string[]> {
  const formats = new Map(
    (
      await database.rows<{ id: string; label: string }>(
        `SELECT id, concat_ws(' ', operating_system, architecture, variant, format) AS label FROM artifacts
          WHERE version_id = $1`,
        [versionId],
      )
    ).map(({ id, label }) => [id, label]),
  );
  const reports = await new StreamsReports(database).forVersion(versionId);
  return reports
    .filter(({ projected }) => !projected)
    .map(({ artifactId, client, reason }) => `${client}, ${formats.get(artifactId) ?? ''}: ${reason ?? ''}`)
    .sort();
}

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

const bothClients = { 'incus.tar.xz': METADATA, 'lxd.tar.xz': METADATA };

describe('the projection of a version', () => {
  it('lists a container for the clients it has metadata for, under the words of its metadata', async () => {
    const root = randomBytes();
    const id = await indexed([{ root, operatingSystem: 'linux' }]);
    expect(await rootsOf(id)).toMatchObject([
      {
        client: 'incus',
        image_type: 'container',
        architecture: 'amd64',
        variant: 'default',
        os: 'Debian',
        release: 'bookworm',
        release_title: 'bookworm',
        requirements: {},
        format: 'squashfs',
        fingerprint: digestOf(METADATA, root).slice('sha256:'.length),
      },
    ]);
    expect(await refusals(id)).toEqual([
      'lxd, linux x86_64 default squashfs: The artifact has no attachment lxd.tar.xz.',
    ]);
  });

  it('calls it by the artifact and the version when the metadata does not say', async () => {
    const root = await unifiedImage('architecture: x86_64\ncreation_date: 1\n');
    const id = await indexed(
      [{ format: 'incus.tar.gz', root, attachments: {}, operatingSystem: 'alpine' }],
      '3.20',
    );
    expect(await rootsOf(id)).toMatchObject([
      {
        os: 'alpine',
        release: '3.20',
        release_title: '3.20',
        fingerprint: digestOf(root).slice('sha256:'.length),
      },
    ]);
    expect(await refusals(id)).toEqual([
      'lxd, alpine x86_64 default incus.tar.gz: incus.tar.gz is a format of Incus.',
    ]);
  });

  it('takes the requirements from the properties of the metadata', async () => {
    const root = await unifiedImage(
      'architecture: x86_64\ncreation_date: 1\nproperties:\n  requirements.secureboot: false\n  release: 22.10\n',
    );
    const id = await indexed([{ format: 'incus.tar.gz', root, attachments: {} }]);
    expect(await rootsOf(id)).toMatchObject([{ requirements: { secureboot: 'false' }, release: '22.10' }]);
  });

  it.each<[string, ArtifactFields[], string[], string[]]>([
    [
      'containers and disks side by side',
      [{}, { format: 'qcow2' }],
      ['container amd64', 'virtual-machine amd64'],
      [],
    ],
    [
      'squashfs rather than the tar archive of the same',
      [{ format: 'rootfs.tar.xz' }, { format: 'squashfs' }],
      ['container amd64'],
      [
        'incus, linux x86_64 default rootfs.tar.xz: The artifact linux x86_64 default squashfs of the same architecture and variant is listed instead.',
      ],
    ],
    [
      'one of two spellings of an architecture',
      [{ architecture: 'x86_64' }, { architecture: 'amd64' }],
      ['container amd64'],
      [
        'incus, linux x86_64 default squashfs: The artifact linux amd64 default squashfs of the same architecture and variant is listed instead.',
      ],
    ],
    [
      'one of two operating systems',
      [{ operatingSystem: 'alpine' }, { operatingSystem: 'debian' }],
      ['container amd64'],
      [
        'incus, debian x86_64 default squashfs: The artifact alpine x86_64 default squashfs of the same architecture and variant is listed instead.',
      ],
    ],
    [
      'no raw disks',
      [{ format: 'raw' }, { format: 'raw.gz' }, { format: 'qcow2' }],
      ['virtual-machine amd64'],
      [
        'incus, linux x86_64 default raw.gz: Simple Streams has no place for raw.gz; clients take the disk of a virtual machine as qcow2.',
        'incus, linux x86_64 default raw: Simple Streams has no place for raw; clients take the disk of a virtual machine as qcow2.',
      ],
    ],
    [
      'variants and architectures each',
      [{ variant: 'cloud' }, {}, ARM64],
      ['container amd64', 'container amd64 cloud', 'container arm64'],
      [],
    ],
    [
      'no architecture that nobody is shown',
      [{ architecture: 'sparc64', attachments: {} }],
      [],
      ['incus, linux sparc64 default squashfs: The artifact has no attachment incus.tar.xz.'],
    ],
  ])('lists %s', async (_, artifacts, listed, refused) => {
    const id = await indexed(artifacts);
    const roots = await rootsOf(id);
    expect(
      roots
        .map(({ image_type, architecture, variant }) =>
          [image_type, architecture, ...(variant === 'default' ? [] : [variant])].join(' '),
        )
        .sort(),
    ).toEqual(listed);
    expect((await refusals(id)).filter((line) => line.startsWith('incus'))).toEqual(refused);
  });

  it('lists for LXD what LXD has metadata for, whatever Incus is shown', async () => {
    const id = await indexed([
      { format: 'squashfs' },
      { format: 'rootfs.tar.xz', attachments: { 'lxd.tar.xz': METADATA } },
    ]);
    expect((await rootsOf(id)).map(({ client, format }) => `${client} ${format}`)).toEqual([
      'incus squashfs',
      'lxd rootfs.tar.xz',
    ]);
  });

  it('lists an architecture that only Incus knows for Incus only', async () => {
    const metadata = LOONG64.attachments['incus.tar.xz'] ?? METADATA;
    const id = await indexed([
      { ...LOONG64, attachments: { 'incus.tar.xz': metadata, 'lxd.tar.xz': metadata } },
    ]);
    expect((await rootsOf(id)).map(({ client }) => client)).toEqual(['incus']);
    expect(await refusals(id)).toEqual([
      'lxd, linux loongarch64 default squashfs: The client knows no architecture loong64.',
    ]);
  });

  it('keeps what the content says apart from what the version says', async () => {
    const root = await unifiedImage(
      'architecture: amd64\ncreation_date: 1\nproperties:\n  os: Tiny\n  variant: cloud\n  requirements.secureboot: false\n',
    );
    const id = await indexed([{ format: 'incus.tar.gz', root, attachments: {}, variant: 'small' }], '3');
    expect(await rootsOf(id)).toMatchObject([
      {
        variant: 'small',
        os: 'Tiny',
        release: '3',
        content: {
          architecture: 'amd64',
          os: 'Tiny',
          variant: 'cloud',
          requirements: { secureboot: 'false' },
        },
      },
    ]);
  });

  it('does not depend on how others published the same bytes', async () => {
    const root = randomBytes();
    await catalog.publishNew(newImage(), '1', [{ root, operatingSystem: 'evil', variant: 'evil' }]);
    const id = await indexed([{ root }]);
    expect(await rootsOf(id)).toMatchObject([{ architecture: 'amd64', os: 'Debian', variant: 'default' }]);
    expect((await refusals(id)).filter((line) => line.startsWith('incus'))).toEqual([]);
  });

  it('has no reports of a version that was never indexed', async () => {
    const id = await catalog.draft(newImage(), '1');
    expect(await new StreamsReports(database).forVersion(id)).toEqual([]);
  });
});

describe('the hashing of a version', () => {
  it('reads a root once for both clients, and never again', async () => {
    const root = randomBytes();
    const attachments = { 'incus.tar.xz': METADATA, 'lxd.tar.xz': OTHER_METADATA };
    const first = await indexed([{ root, attachments }]);
    expect(
      (await rootsOf(first)).map(({ client, fingerprint }) => [client, `sha256:${fingerprint}`]),
    ).toEqual([
      ['incus', digestOf(METADATA, root)],
      ['lxd', digestOf(OTHER_METADATA, root)],
    ]);
    expect(catalog.reads.filter((digest) => digest === digestOf(root))).toHaveLength(1);
    const second = await indexed([{ root, attachments }]);
    expect(catalog.reads.filter((digest) => digest === digestOf(root))).toHaveLength(1);
    expect(await rootsOf(second)).toHaveLength(2);
  });

  it('reports its progress up to the last byte', async () => {
    const root = randomBytes();
    const id = await catalog.draft(newImage(), '1', [{ root, attachments: bothClients }]);
    const progress: [number, number][] = [];
    await catalog.index(id, { onProgress: (done, total) => progress.push([done, total]) });
    const total = METADATA.length + root.length;
    expect(progress[0]).toEqual([0, total]);
    expect(progress.at(-1)).toEqual([total, total]);
    expect(progress.map(([done]) => done)).toEqual(progress.map(([done]) => done).sort((a, b) => a - b));
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['fewer', (bytes) => bytes.subarray(1)],
    ['more', (bytes) => Buffer.concat([bytes, bytes])],
    ['other', (bytes) => Buffer.from(bytes).fill('x')],
    ['no', () => Buffer.alloc(0)],
  ])('remembers nothing of a root when the store gives %s bytes', async (_, spoil) => {
    const root = randomBytes();
    const id = await catalog.draft(newImage(), '1', [{ root }]);
    const error = await failure(
      catalog.index(id, {
        readBlob: (digest) =>
          digest === digestOf(root) ? Readable.from([spoil(root)]) : catalog.open(digest),
      }),
    );
    expect(error).toBeInstanceOf(Error);
    expect(isProjectionRefusal(error)).toBe(false);
    expect(await rootsOf(id)).toEqual([]);
    await catalog.index(id);
    expect(await rootsOf(id)).toMatchObject([{ fingerprint: digestOf(METADATA, root).slice(7) }]);
  });

  it('goes on after a failure where it was', async () => {
    const [first, second] = [randomBytes(), randomBytes()];
    const id = await catalog.draft(newImage(), '1', [{ root: first }, { root: second, format: 'qcow2' }]);
    const broken = failure(
      catalog.index(id, {
        readBlob: (digest) =>
          digest === digestOf(second)
            ? Readable.from([], {}).destroy(new Error('the store went away'))
            : catalog.open(digest),
      }),
    );
    expect(await broken).toMatchObject({ message: 'the store went away' });
    await catalog.index(id);
    expect(catalog.reads.filter((digest) => digest === digestOf(first))).toHaveLength(1);
    expect(await rootsOf(id)).toHaveLength(2);
  });

  it('stops reading when it is aborted, and destroys the body', async () => {
    const root = Buffer.alloc(100_000, randomBytes());
    const id = await catalog.draft(newImage(), '1', [{ root }]);
    const aborting = new AbortController();
    const lost = new Error('lease lost');
    const stalling = new Readable({
      read() {
        return;
      },
    });
    stalling.push(root.subarray(0, 5000));
    const stopped = failure(
      catalog.index(id, {
        signal: aborting.signal,
        readBlob: (digest) => (digest === digestOf(root) ? stalling : catalog.open(digest)),
        onProgress: (done) => {
          if (done > METADATA.length) {
            aborting.abort(lost);
          }
        },
      }),
    );
    expect(await stopped).toBe(lost);
    expect(stalling.destroyed).toBe(true);
  });

  it('writes nothing outside of its fence', async () => {
    const id = await catalog.draft(newImage(), '1');
    const lost = new Error('lease lost');
    await expect(catalog.index(id, { write: () => Promise.reject(lost) })).rejects.toBe(lost);
    expect(await rootsOf(id)).toEqual([]);
    expect(await new StreamsReports(database).forVersion(id)).toEqual([]);
  });
});

describe('a version that cannot be projected', () => {
  const unknown: ArtifactFields = { architecture: 'sparc64' };
  const broken = (bytes: Buffer): ArtifactFields => ({ attachments: { 'incus.tar.xz': bytes } });

  it.each<[string, ArtifactFields, string, RegExp]>([
    ['an architecture that Incus does not know', unknown, 'unprojectable-architecture', /"sparc64"/],
    [
      'such an architecture for LXD',
      { ...unknown, attachments: { 'lxd.tar.xz': METADATA } },
      'unprojectable-architecture',
      /^Artifact linux sparc64 default squashfs: /,
    ],
    [
      'metadata that is no archive',
      broken(Buffer.from('not an archive')),
      'invalid-image-metadata',
      /^Attachment incus.tar.xz of artifact linux x86_64 default squashfs: .+/,
    ],
    [
      'a unified image that is no archive',
      { format: 'incus.tar.gz', root: Buffer.from('nothing'), attachments: {} },
      'invalid-image-metadata',
      /^Artifact linux x86_64 default incus.tar.gz: .+/,
    ],
  ])('is refused for %s', async (_, artifact, code, message) => {
    const id = await catalog.draft(newImage(), '1', [{}, { variant: 'other', ...artifact }]);
    const error = await failure(catalog.index(id));
    expect(isProjectionRefusal(error)).toBe(true);
    expect(error).toMatchObject({ code });
    expect(String(error instanceof Error ? error.message.replace(' other ', ' default ') : error)).toMatch(
      message,
    );
    expect(await rootsOf(id)).toEqual([]);
  });

  it.each<[string, string, Partial<ArtifactFields>, string]>([
    [
      'another architecture than its content',
      'architecture: aarch64\ncreation_date: 1',
      {},
      'The artifact is declared for x86_64, but its metadata.yaml says aarch64.',
    ],
    [
      'an architecture while its content says one that nobody knows',
      'architecture: sparc64\ncreation_date: 1',
      {},
      'The artifact is declared for x86_64, but its metadata.yaml says sparc64.',
    ],
    [
      'an architecture while its content says none',
      'creation_date: 1',
      {},
      'metadata.yaml names no architecture, without which no client can use the image; add "architecture: x86_64".',
    ],
    [
      'a container while its content is a virtual machine',
      'architecture: x86_64\ncreation_date: 1\nproperties:\n  type: disk-kvm.img',
      {},
      'The artifact is declared as squashfs, the format of a container, but its metadata.yaml says disk-kvm.img, which is a virtual-machine.',
    ],
    [
      'a virtual machine while its content is a container',
      'architecture: x86_64\ncreation_date: 1\nproperties:\n  type: squashfs',
      { format: 'qcow2' },
      'The artifact is declared as qcow2, the format of a virtual-machine, but its metadata.yaml says squashfs, which is a container.',
    ],
  ])('is refused for declaring %s', async (_, metadata, fields, problem) => {
    const contradicting = {
      attachments: { 'incus.tar.xz': await metadataArchive(`${metadata}\n`) },
      ...fields,
    };
    const format = fields.format ?? 'squashfs';
    const id = await catalog.draft(newImage(), '1', [contradicting]);
    const error = await failure(catalog.index(id));
    expect(isProjectionRefusal(error)).toBe(true);
    expect(error).toHaveProperty(
      'message',
      `Attachment incus.tar.xz of artifact linux x86_64 default ${format}: ${problem}`,
    );
    // Neither is it let through where another artifact is listed instead.
    if (format === 'squashfs') {
      const outranked = await catalog.draft(newImage(), '1', [
        {},
        { ...contradicting, format: 'rootfs.tar.xz' },
      ]);
      expect(isProjectionRefusal(await failure(catalog.index(outranked)))).toBe(true);
    }
  });

  it.each([
    'architecture: amd64\ncreation_date: 1',
    'architecture: x86_64\ncreation_date: 1\nproperties:\n  type: tar.gz',
  ])('is not refused for another spelling or an unknown type: %j', async (metadata) => {
    const attachments = { 'incus.tar.xz': await metadataArchive(`${metadata}\n`) };
    await indexed([{ attachments }]);
  });

  it.each(['requirements.\u0007bell: x', 'requirements.: x', 'requirements.a b: x'])(
    'is refused for a requirement that is no name: %j',
    async (property) => {
      const root = await unifiedImage(
        `architecture: x86_64\ncreation_date: 1\nproperties:\n  ${JSON.stringify(property.split(': ')[0])}: x\n`,
      );
      const id = await catalog.draft(newImage(), '1', [{ format: 'incus.tar.gz', root, attachments: {} }]);
      expect(isProjectionRefusal(await failure(catalog.index(id)))).toBe(true);
    },
  );

  it('is refused with the line for what Incus cannot decode', async () => {
    const root = await unifiedImage('architecture: x86_64\ncreation_date: "1"\n');
    const id = await catalog.draft(newImage(), '1', [{ format: 'incus.tar.gz', root, attachments: {} }]);
    const error = await failure(catalog.index(id));
    expect(isProjectionRefusal(error)).toBe(true);
    expect(error).toHaveProperty(
      'message',
      'Artifact linux x86_64 default incus.tar.gz: metadata.yaml: line 2: "creation_date" is quoted text, not a number; write seconds since 1970 without quotes, such as 1767225600.',
    );
  });

  it('is not refused while the store is away', async () => {
    const id = await catalog.draft(newImage(), '1');
    const away = new Error('away');
    const error = await failure(catalog.index(id, { readBlob: () => Promise.reject(away) }));
    expect(error).toBe(away);
    expect(isProjectionRefusal(error)).toBe(false);
  });

  it('is an error when it does not exist', async () => {
    const missing = '00000000-0000-4000-8000-000000000000' as VersionId;
    await expect(catalog.index(missing)).rejects.toThrow('does not exist');
  });
});

describe('indexing again', () => {
  it('puts new rows and reports in the place of the old', async () => {
    const id = await catalog.draft(newImage(), '1', [{}, { format: 'raw' }]);
    await catalog.index(id);
    const [before] = await rootsOf(id);
    await database.rows('DELETE FROM artifacts WHERE version_id = $1', [id]);
    await catalog.addArtifact(id, { format: 'qcow2', attachments: bothClients });
    await catalog.index(id);
    await catalog.index(id);
    const after = await rootsOf(id);
    expect(after.map(({ client, format }) => `${client} ${format}`)).toEqual(['incus qcow2', 'lxd qcow2']);
    expect(after.map(({ fingerprint }) => fingerprint)).not.toContain(before?.fingerprint);
    expect(await new StreamsReports(database).forVersion(id)).toMatchObject([
      { client: 'incus', projected: true },
      { client: 'lxd', projected: true },
    ]);
  });

  it('goes with a draft that is deleted', async () => {
    const id = await indexed([{}]);
    await database.rows('DELETE FROM versions WHERE id = $1', [id]);
    expect(await rootsOf(id)).toEqual([]);
    expect(await new StreamsReports(database).forVersion(id)).toEqual([]);
  });
});

describe('versions that an earlier release published', () => {
  const reproject = async (unreadable: unknown[] = []): Promise<number> =>
    catalog.projection.reproject({
      readBlob: (digest) => catalog.open(digest),
      signal: new AbortController().signal,
      write: (work) => database.transaction(work),
      onUnreadable: (_, error) => unreadable.push(error),
    });

  const revision = async (): Promise<string | undefined> =>
    (await database.rows<{ revision: string }>('SELECT revision FROM streams_revision'))[0]?.revision;

  /** Publishes as the release did that had no column for the content and left out what was relabelled. */
  async function publishedBefore(artifact: { architecture?: string }, reason?: string): Promise<VersionId> {
    const id = await catalog.publishNew(newImage(), '1', [{}]);
    await database.transaction(async (tx) => {
      await tx.rows('ALTER TABLE artifacts DISABLE TRIGGER artifacts_guard');
      await tx.rows('UPDATE artifacts SET architecture = $2 WHERE version_id = $1', [
        id,
        artifact.architecture ?? 'x86_64',
      ]);
      await tx.rows('ALTER TABLE artifacts ENABLE TRIGGER artifacts_guard');
    });
    await database.rows('UPDATE stream_roots SET content = NULL WHERE version_id = $1', [id]);
    if (reason !== undefined) {
      await database.rows('DELETE FROM stream_roots WHERE version_id = $1', [id]);
      await database.rows(
        `UPDATE stream_reports SET projected = false, reason = $2 WHERE version_id = $1 AND client = 'incus'`,
        [id, reason],
      );
    }
    return id;
  }

  it('get the facts of their content, and are shown with them', async () => {
    const id = await publishedBefore({});
    const before = await revision();
    expect(await reproject()).toBe(1);
    expect(await rootsOf(id)).toMatchObject([{ content: { architecture: 'amd64', os: 'Debian' } }]);
    expect(await revision()).not.toBe(before);
    expect(await reproject()).toBe(0);
  });

  it('are listed when a wrong label of somebody else had hidden them', async () => {
    const id = await publishedBefore(
      {},
      'The same bytes are listed as a container for riscv64 already, and clients refuse to list them twice.',
    );
    expect(await rootsOf(id)).toEqual([]);
    expect(await reproject()).toBe(1);
    expect(await rootsOf(id)).toMatchObject([{ content: { architecture: 'amd64' } }]);
    expect((await refusals(id)).filter((line) => line.startsWith('incus'))).toEqual([]);
  });

  it('go by their content when they were published as another architecture', async () => {
    const id = await publishedBefore({ architecture: 'riscv64' });
    expect(await reproject()).toBe(1);
    expect(await rootsOf(id)).toMatchObject([
      { architecture: 'riscv64', content: { architecture: 'amd64' } },
    ]);
  });

  it('keep the words of metadata that is refused by now', async () => {
    const id = await publishedBefore({});
    const metadata = await metadataArchive(
      'architecture: x86_64\ncreation_date: "1"\nproperties: {os: Old}\n',
    );
    const written = await catalog.projection.reproject({
      readBlob: () => Readable.from([metadata], { objectMode: false }),
      signal: new AbortController().signal,
      write: (work) => database.transaction(work),
      onUnreadable: (_, error) => {
        throw error;
      },
    });
    expect(written).toBe(1);
    expect(await rootsOf(id)).toMatchObject([{ content: { architecture: 'amd64', os: 'Old' } }]);
  });

  it('stay as they are when their bytes cannot be read now, and do not stop the others', async () => {
    const [broken, sound] = [await publishedBefore({}), await publishedBefore({})];
    const before = await rootsOf(broken);
    const unreadable: unknown[] = [];
    const gone = new Error('gone');
    const [digest] = await database.rows<{ digest: string }>(
      'SELECT root_digest AS digest FROM stream_roots WHERE version_id = $1',
      [broken],
    );
    await database.rows(`DELETE FROM combined_digests WHERE root_digest = $1`, [digest?.digest]);
    const written = await catalog.projection.reproject({
      readBlob: (wanted) => {
        if (wanted === digest?.digest) {
          throw gone;
        }
        return catalog.open(wanted);
      },
      signal: new AbortController().signal,
      write: (work) => database.transaction(work),
      onUnreadable: (_, error) => unreadable.push(error),
    });
    expect([written, unreadable]).toEqual([1, [gone]]);
    expect(await rootsOf(broken)).toEqual(before);
    expect(await rootsOf(sound)).toMatchObject([{ content: { architecture: 'amd64' } }]);
    expect(await reproject()).toBe(1);
  });

  it('are written by two at once, one after the other', async () => {
    const id = await publishedBefore({});
    const isRead = [new Gate(), new Gate()];
    const mayWrite = new Gate();
    const writing = isRead.map((read) =>
      catalog.projection.reproject({
        readBlob: (digest) => catalog.open(digest),
        signal: new AbortController().signal,
        write: async (work) => {
          read.open();
          await mayWrite.passed();
          await database.transaction(async (tx) => {
            await work(tx);
            await tx.rows('SELECT pg_sleep(0.1)');
          });
        },
        onUnreadable: (_, error) => {
          throw error;
        },
      }),
    );
    await Promise.all(isRead.map((read) => read.passed()));
    mayWrite.open();
    await Promise.all(writing);
    expect(await rootsOf(id)).toMatchObject([{ content: { architecture: 'amd64' } }]);
  });

  it('are left alone when they were withdrawn meanwhile', async () => {
    const id = await publishedBefore({});
    const before = await rootsOf(id);
    const written = await catalog.projection.reproject({
      readBlob: (digest) => catalog.open(digest),
      signal: new AbortController().signal,
      write: async (work) => {
        await database.rows(
          `UPDATE versions SET state = 'withdrawn', withdrawn_at = now(), withdrawal_reason = 'bad', withdrawn_by = 'request',
                  restorable_until = now() + interval '1 day' WHERE id = $1`,
          [id],
        );
        await database.transaction(work);
      },
      onUnreadable: (_, error) => {
        throw error;
      },
    });
    expect(written).toBe(0);
    expect(await rootsOf(id)).toEqual(before);
  });

  it('are left alone while they are drafts', async () => {
    const id = await indexed([{}]);
    await database.rows('UPDATE stream_roots SET content = NULL WHERE version_id = $1', [id]);
    expect(await reproject()).toBe(0);
  });
});

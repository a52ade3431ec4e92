import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOfHex, type ObjectStore } from '@imgsrv/cas';
import type { ArtifactId, FormatName, VersionId } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { type IndexRun, StreamsProjection } from '@imgsrv/streams';
import { pack } from 'tar-stream';
import { newGenerationKey } from '../../libs/cas/src/object-keys.js';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { putObject } from '../support/put-object.js';

/** Metadata of Debian bookworm, as two archives of other bytes. */
export const METADATA = readRealArchive('split');
export const OTHER_METADATA = readRealArchive('split-best');

export interface ArtifactFields {
  readonly format?: FormatName;
  readonly root?: Buffer;
  readonly architecture?: string;
  readonly variant?: string;
  readonly operatingSystem?: string;
  /** By name; default an `incus.tar.xz`. */
  readonly attachments?: Readonly<Record<string, Buffer>>;
}

/** A catalogue written by plain SQL, with blobs in memory and in the store when there is one, as publishes would leave it. */
export class StreamsCatalog {
  readonly projection: StreamsProjection;
  /** Every digest that was read. */
  readonly reads: Digest[] = [];
  private readonly bytes = new Map<Digest, Buffer>();

  constructor(
    readonly database: Database,
    private readonly store?: ObjectStore,
  ) {
    this.projection = new StreamsProjection(database);
  }

  /** Writes a draft of an image, which is made when it is not there. */
  async draft(
    image: string,
    version: string,
    artifacts: readonly ArtifactFields[] = [{}],
  ): Promise<VersionId> {
    await this.database.rows('INSERT INTO images (name) VALUES ($1) ON CONFLICT DO NOTHING', [image]);
    const id = await this.insert<VersionId>(
      `INSERT INTO versions (image_id, version) SELECT id, $2 FROM images WHERE name = $1 RETURNING id`,
      [image, version],
    );
    for (const artifact of artifacts) {
      await this.addArtifact(id, artifact);
    }
    return id;
  }

  async addArtifact(versionId: VersionId, artifact: ArtifactFields): Promise<ArtifactId> {
    const { attachments = { 'incus.tar.xz': METADATA }, root = randomBytes() } = artifact;
    const blob = await this.addBlob(root);
    const id = await this.insert<ArtifactId>(
      `INSERT INTO artifacts (version_id, variant, operating_system, architecture, format, primary_blob_digest,
         primary_blob_size_bytes, primary_media_type, bound_blob_digest)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'application/octet-stream', $6) RETURNING id`,
      [
        versionId,
        artifact.variant ?? 'default',
        artifact.operatingSystem ?? 'linux',
        artifact.architecture ?? 'x86_64',
        artifact.format ?? 'squashfs',
        blob.digest,
        blob.sizeBytes,
      ],
    );
    for (const [name, content] of Object.entries(attachments)) {
      const attached = await this.addBlob(content);
      await this.insert(
        `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest)
         VALUES ($1, $2, 'application/x-xz', $3, $4, $3) RETURNING id`,
        [id, name, attached.digest, attached.sizeBytes],
      );
    }
    return id;
  }

  /** Runs the publish step on a version. */
  async index(versionId: VersionId, run: Partial<IndexRun> = {}): Promise<void> {
    await this.projection.indexVersion(versionId, {
      readBlob: (digest) => this.open(digest),
      signal: new AbortController().signal,
      onProgress: () => undefined,
      write: (work) => this.database.transaction(work),
      ...run,
    });
  }

  /** Indexes and publishes a draft. */
  async publish(versionId: VersionId): Promise<void> {
    await this.database.rows(`UPDATE versions SET state = 'publishing' WHERE id = $1`, [versionId]);
    await this.index(versionId);
    await this.database.rows(
      `UPDATE versions SET state = 'published', published_at = clock_timestamp() WHERE id = $1`,
      [versionId],
    );
  }

  async publishNew(
    image: string,
    version: string,
    artifacts?: readonly ArtifactFields[],
  ): Promise<VersionId> {
    const id = await this.draft(image, version, artifacts);
    await this.publish(id);
    return id;
  }

  /** Makes or moves an alias. */
  async pointAlias(alias: string, versionId: VersionId): Promise<void> {
    await this.database.rows(
      `INSERT INTO aliases (image_id, alias, version_id) SELECT image_id, $1, id FROM versions WHERE id = $2
       ON CONFLICT (image_id, alias) DO UPDATE SET version_id = excluded.version_id`,
      [alias, versionId],
    );
  }

  open(digest: Digest): Readable {
    this.reads.push(digest);
    const bytes = this.bytes.get(digest);
    if (bytes === undefined) {
      throw new Error(`no blob ${digest}`);
    }
    return Readable.from(piecesOf(bytes));
  }

  private async addBlob(bytes: Buffer): Promise<{ digest: Digest; sizeBytes: number }> {
    const digest = digestOf(bytes);
    const isNew = !this.bytes.has(digest);
    this.bytes.set(digest, bytes);
    const key = newGenerationKey(digest);
    if (isNew && this.store !== undefined) {
      await putObject(this.store, key, bytes);
    }
    await this.database.rows(
      `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format) VALUES ($1, $2, $3, 'unknown')
       ON CONFLICT DO NOTHING`,
      [digest, bytes.length, key],
    );
    return { digest, sizeBytes: bytes.length };
  }

  private async insert<Id extends string>(sql: string, parameters: readonly unknown[]): Promise<Id> {
    const [row] = await this.database.rows<{ id: Id }>(sql, parameters);
    if (row === undefined) {
      throw new Error('nothing was inserted');
    }
    return row.id;
  }
}

export function digestOf(...bytes: readonly Buffer[]): Digest {
  return digestOfHex(createHash('sha256').update(Buffer.concat(bytes)).digest('hex'));
}

/** Bytes that no other artifact has. */
export function randomBytes(): Buffer {
  return Buffer.from(`root ${randomUUID()}`);
}

/** A unified image with this `metadata.yaml`. */
export async function unifiedImage(metadata: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: 'metadata.yaml' }, metadata);
  archive.entry({ name: 'rootfs/etc/machine-id' }, randomUUID());
  archive.finalize();
  return gzipSync(await buffer(archive));
}

/** In several chunks, as a store gives them. */
function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100) {
    yield bytes.subarray(at, at + 100);
  }
}

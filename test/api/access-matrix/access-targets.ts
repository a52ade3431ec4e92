import { createHash, randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { digestOfHex, type ObjectStore } from '@imgsrv/cas';
import type { VersionId } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { findListedFile } from '../../fixtures/listed-file.js';
import { HttpClient } from '../../support/http-client.js';
import { insertVerifiedBlob, randomDigest } from '../catalog-database.js';
import { queueCollection } from '../collection-steps.js';
import { StreamsCatalog } from '../streams-catalog.js';
import { PREFIXES, type Scope } from './credential-kinds.js';

/** Values of path parameters, by their names. */
export type Target = Readonly<Record<string, string>>;

interface Artifact {
  readonly artifact_id: string;
  readonly attachment_id: string;
  readonly digest: string;
  readonly size_bytes: string;
}

const VERSION = '1.0';

/** Makes things that really exist, for requests that are allowed to succeed on them. */
export class AccessTargets {
  private readonly catalog: StreamsCatalog;
  private readonly admin: HttpClient;
  private readonly published = new Map<Scope, Promise<Target>>();

  constructor(
    private readonly url: string,
    private readonly database: Database,
    private readonly store: ObjectStore,
    /** Of a principal with every role, and all images. */
    token: string,
  ) {
    this.catalog = new StreamsCatalog(database);
    this.admin = new HttpClient(url, token);
  }

  /** An image with a published version, to which `alias` points; the same one every time. */
  publishedImage(scope: Scope): Promise<Target> {
    const known = this.published.get(scope) ?? this.publishImage(scope);
    this.published.set(scope, known);
    return known;
  }

  /** Another image with a published version, which no alias names. */
  async publishedAnew(scope: Scope): Promise<Target> {
    const name = nameIn(scope);
    await this.catalog.publishNew(name, VERSION);
    return { name, version: VERSION };
  }

  async withdrawn(scope: Scope): Promise<Target> {
    const target = await this.publishedAnew(scope);
    const path = `/v1/images/${target.name ?? ''}/versions/${VERSION}/withdrawal`;
    await this.made(path, { reason: 'for the test' });
    return target;
  }

  /** An image with a retention policy. */
  async retained(scope: Scope): Promise<Target> {
    const target = await this.draft(scope);
    const path = `/v1/images/${target.name ?? ''}/retention`;
    const set = await this.admin.send('PUT', path, { json: { keep_newest: 5 } });
    if (set.status !== 200) {
      throw new Error(`PUT ${path} answered ${set.status}: ${set.bytes.toString()}`);
    }
    return target;
  }

  /** An image that has a draft only, with an artifact, an attachment and a verified blob. */
  async draft(scope: Scope): Promise<Target> {
    const name = nameIn(scope);
    const versionId = await this.catalog.draft(name, VERSION);
    const artifact = await this.artifactOf(versionId);
    return { name, version: VERSION, ref: VERSION, ...artifact };
  }

  /** A draft whose publishing failed. */
  async failedPublish(scope: Scope): Promise<Target> {
    const draft = await this.draft(scope);
    const path = `/v1/images/${draft.name ?? ''}/versions/${VERSION}/publish`;
    const job_id = await this.made(path);
    await this.database.rows(
      `UPDATE jobs SET state = 'failed', finished_at = now(), last_error = 'for the test' WHERE id = $1`,
      [job_id],
    );
    return { ...draft, job_id };
  }

  /** Another alias of the published image. */
  async alias(scope: Scope): Promise<Target> {
    const image = await this.publishedImage(scope);
    const alias = `alias-${randomUUID()}`;
    await this.catalog.pointAlias(alias, image.version_id as VersionId);
    return { ...image, alias };
  }

  /** A promotion of an alias of the published image. */
  async promotion(scope: Scope): Promise<Target> {
    const image = await this.alias(scope);
    const path = `/v1/images/${image.name ?? ''}/promotions`;
    const to_alias = `alias-${randomUUID()}`;
    return { ...image, promotion_id: await this.made(path, { from_alias: image.alias, to_alias }) };
  }

  /** A channel of the published image. */
  async channel(scope: Scope): Promise<Target> {
    const image = await this.publishedImage(scope);
    const channel = `channel-${randomUUID().slice(0, 8)}`;
    await this.database.rows('DELETE FROM channels');
    const path = `/v1/channels/${channel}`;
    const set = await this.admin.send('PUT', path, {
      json: { image_patterns: [image.name], alias: 'latest' },
    });
    if (set.status !== 200) {
      throw new Error(`PUT ${path} answered ${set.status}: ${set.bytes.toString()}`);
    }
    return { ...image, channel };
  }

  /** An upload of whoever has the token, else of a writer; with its only part when `sends` says so. */
  async upload(token: string | undefined, sends: 'nothing' | 'part' = 'nothing'): Promise<Target> {
    const client = token === undefined ? this.admin : new HttpClient(this.url, token);
    const announced = { expected_digest: randomDigest(), expected_size_bytes: PART.length };
    const upload_id = await this.made('/v1/uploads', announced, client);
    if (sends === 'nothing') {
      return { upload_id, part_number: '1' };
    }
    const sent = await client.send('PUT', `/v1/uploads/${upload_id}/parts/1`, { body: PART });
    return { upload_id, etag: (sent.json as { readonly etag: string }).etag };
  }

  /** A principal that writes content, with a token. */
  async principal(): Promise<Target> {
    const person = { kind: 'service', display_name: 'somebody' };
    const principal_id = await this.made('/v1/auth/principals', person);
    const path = `/v1/auth/principals/${principal_id}`;
    await this.admin.send('PUT', `${path}/roles/content-writer`);
    const token_id = await this.made(`${path}/api-tokens`, { expires_at: inAnHour() });
    const link_id = await this.made(`${path}/read-links`, { expires_at: inAnHour() });
    return { principal_id, token_id, link_id, role_id: 'content-writer' };
  }

  /** A collection that waits for a worker. */
  async collection(): Promise<Target> {
    const id = await queueCollection(this.database);
    return { collection_id: id };
  }

  /** A blob that nothing refers to. */
  async looseBlob(): Promise<Target> {
    const { digest } = await insertVerifiedBlob(this.database);
    return { digest };
  }

  /** Bytes that nobody has brought. */
  unknownBytes(): Promise<Target> {
    const text = randomUUID();
    return Promise.resolve({ text, digest: digestOfHex(createHash('sha256').update(text).digest('hex')) });
  }

  async rule(issuerUrl: string): Promise<Target> {
    const path = '/v1/auth/oidc-provisioning-rules';
    return { rule_id: await this.made(path, unmatchedRule(issuerUrl)) };
  }

  private async publishImage(scope: Scope): Promise<Target> {
    const name = nameIn(scope);
    const versionId = await this.catalog.publishNew(name, VERSION);
    await this.catalog.pointAlias('latest', versionId);
    const artifact = await this.artifactOf(versionId);
    const names = { name, version: VERSION, version_id: versionId, alias: 'latest', ref: 'latest' };
    const hex = hexOf(artifact.digest);
    const listed = await findListedFile(new HttpClient(this.url), hex);
    if (listed === undefined) {
      throw new Error('the published image is not listed');
    }
    return { ...names, ...artifact, hex, file_name: basename(listed) };
  }

  private async artifactOf(versionId: VersionId): Promise<Artifact> {
    const [found] = await this.database.rows<Artifact & { readonly attached: string }>(
      `SELECT a.id AS artifact_id, t.id AS attachment_id, a.primary_blob_digest AS digest,
         a.primary_blob_size_bytes AS size_bytes, t.blob_digest AS attached
       FROM artifacts a JOIN attachments t ON t.artifact_id = a.id WHERE a.version_id = $1`,
      [versionId],
    );
    if (found === undefined) {
      throw new Error('the version has no artifact with an attachment');
    }
    const { attached, ...artifact } = found;
    await this.storeBytes(artifact.digest);
    await this.storeBytes(attached);
    return artifact;
  }

  /** Puts the bytes of a blob where its row says that they are. */
  private async storeBytes(digest: string): Promise<void> {
    const [blob] = await this.database.rows<{ key: string; sizeBytes: string }>(
      'SELECT storage_key AS key, size_bytes AS "sizeBytes" FROM blobs WHERE digest = $1',
      [digest],
    );
    if (blob === undefined || (await this.store.head(blob.key)) !== undefined) {
      return;
    }
    const { key } = blob;
    const sizeBytes = Number(blob.sizeBytes);
    const uploadId = await this.store.createMultipartUpload(key);
    const body = this.catalog.open(digestOfHex(hexOf(digest)));
    const { etag } = await this.store.putPart({ key, uploadId, partNumber: 1, sizeBytes }, body);
    await this.store.completeMultipartUpload(key, uploadId, [{ partNumber: 1, etag, sizeBytes }]);
  }

  /** The id of what a POST makes. */
  private async made(path: string, json?: unknown, client = this.admin): Promise<string> {
    const answer = await client.post(path, json);
    if (answer.status >= 300) {
      throw new Error(`POST ${path} answered ${answer.status}: ${answer.bytes.toString()}`);
    }
    return (answer.json as { readonly id: string }).id;
  }
}

/** The bytes of every upload. */
export const PART = Buffer.from('part of it');

export function nameIn(scope: Scope): string {
  return `${PREFIXES[scope]}${randomUUID()}`;
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}

export function inAnHour(): string {
  return new Date(Date.now() + 3_600_000).toISOString();
}

/** A rule of the issuer that lets nobody in. */
export function unmatchedRule(issuerUrl: string) {
  return { display_name: 'nobody', issuer_url: issuerUrl, audience: 'nobody', condition: 'false' };
}

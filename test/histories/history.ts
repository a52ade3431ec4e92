import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  BlobReader,
  Collections,
  type Digest,
  digestOfHex,
  type ObjectStore,
  Quotas,
  type UploadPart,
  Uploads,
  type UploadSessionId,
} from '@imgsrv/cas';
import {
  Aliases,
  Artifacts,
  BlobVisibility,
  Deprecations,
  Images,
  isReferenced,
  Manifests,
  Publishing,
  Retentions,
  Versions,
  VERSION_STATES,
  Withdrawals,
  knownAudience,
} from '@imgsrv/catalog';
import { type Database, ImgsrvError } from '@imgsrv/platform';
import { someoneWaits } from '../support/database.js';
import { BreakableProcess, DeadProcessError, type Trouble } from './breakable-process.js';
import { Model } from './model.js';
import type { Operation, PlainOperation, VersionOperation } from './operations.js';
import type { Attempt, StepWorker } from './step-worker.js';

const DAY_MS = 24 * 3_600_000;
const UNRECORDED = { record: () => Promise.resolve() };
const NO_SIGNAL = new AbortController().signal;
/** Of everything that a history has; it has ten times fewer. */
const PAGE = { limit: 1000 };
const MOST_JOBS = 500;
/** Which effect of a collection is its first batch, after the claim and the begin. */
const FIRST_BATCH = 3;

class ViolationError extends Error {
  override readonly name = 'ViolationError';
}

interface FrozenWorker {
  readonly process: BreakableProcess;
  readonly attempt: Promise<Attempt | undefined>;
}

/** Plays one history against the service and the model, and compares them. */
export class History {
  private readonly model = new Model();
  private readonly principal = randomUUID();
  private readonly image: string;
  private readonly sessions = new Map<UploadSessionId, 'ready' | 'failed'>();
  private open: { readonly id: UploadSessionId; readonly content: number } | undefined;
  private frozen: FrozenWorker | undefined;

  constructor(
    private readonly real: { readonly database: Database; readonly store: ObjectStore },
    private readonly worker: StepWorker,
    private readonly number: string,
  ) {
    this.image = `history-${number}`;
  }

  async play(operations: readonly Operation[]): Promise<void> {
    await this.api().images.create({ name: this.image });
    for (const operation of operations) {
      await this.step(operation);
    }
    await this.settle();
    await this.compare();
  }

  private async step(operation: Operation): Promise<void> {
    switch (operation.name) {
      case 'upload':
        return this.upload(operation.content, operation.trouble);
      case 'uploadWrong':
        return this.uploadWrong(operation.content);
      case 'open':
        return this.begin(operation.content);
      case 'peek':
        return this.peek(operation.content);
      case 'deleteBlob':
        return this.deleteBlob(operation.content);
      case 'beginDuringCollection':
        return this.beginDuringCollection(operation.content);
      case 'draft':
        return this.draft(operation.version, operation.content);
      case 'retain':
        return this.retain(operation.newest);
      case 'workBroken':
        return this.workBroken(operation.trouble);
      case 'overtake':
        return this.overtake(operation.trouble);
      case 'deleteDraft':
      case 'publish':
      case 'cancel':
      case 'alias':
      case 'deprecate':
      case 'withdraw':
      case 'restore':
        return this.change(operation.name, operation.version);
      default:
        return this.plain(operation.name);
    }
  }

  private async plain(name: PlainOperation): Promise<void> {
    switch (name) {
      case 'finish':
        return this.finish();
      case 'collect':
        return this.collect();
      case 'jump':
        return this.jump();
      case 'work':
        await this.worker.work(new BreakableProcess(this.real));
        return;
      case 'thaw':
        return this.thaw();
      case 'sweep':
        return this.sweep();
      case 'quota':
        return this.quota();
      case 'settle':
        await this.settle();
        return this.compare();
    }
  }

  // Uploads

  /** An api that may die in it, and a publisher who then repeats all of it at another one. */
  private async upload(content: number, trouble: Trouble | undefined): Promise<void> {
    const bytes = this.bytesOf(content);
    try {
      await this.uploadVia(this.api(trouble).uploads, content, bytes);
    } catch (error) {
      if (!(error instanceof DeadProcessError)) throw error;
      await this.uploadVia(this.api().uploads, content, bytes);
    }
  }

  private async uploadVia(uploads: Uploads, content: number, bytes: Buffer): Promise<void> {
    const { session, isNew } = await this.beginVia(uploads, content);
    if (!isNew) {
      this.requireStored(content, 'an upload was ready at once');
      return;
    }
    const part = await this.put(uploads, session.id, bytes);
    this.sessions.set(session.id, 'ready');
    try {
      await uploads.complete(session.id, [part]);
    } catch (error) {
      if (!(error instanceof DeadProcessError)) throw error;
      await this.api().uploads.complete(session.id, [part]);
    }
    if (this.model.contentOf(content) === 'absent') this.model.contents.set(content, 'pending');
  }

  private async beginVia(uploads: Uploads, content: number) {
    const begun = await uploads.begin({
      expectedDigest: this.digestOf(content),
      expectedSizeBytes: this.bytesOf(content).length,
      createdBy: this.principal,
    });
    if (!begun.isNew) this.model.candidates.delete(content);
    return begun;
  }

  private put(uploads: Uploads, id: UploadSessionId, bytes: Buffer): Promise<UploadPart> {
    const part = { partNumber: 1, sizeBytes: bytes.length, announced: [] };
    return uploads.putPart(id, part, () => Readable.from([bytes], { objectMode: false }), NO_SIGNAL);
  }

  private async uploadWrong(content: number): Promise<void> {
    const { uploads } = this.api();
    const { session, isNew } = await this.beginVia(uploads, content);
    if (!isNew) return;
    const wrong = Buffer.from(this.bytesOf(content)).reverse();
    await uploads.complete(session.id, [await this.put(uploads, session.id, wrong)]);
    this.sessions.set(session.id, 'failed');
  }

  /** An upload that is left open. */
  private async begin(content: number): Promise<void> {
    if (this.open !== undefined) return;
    const { session, isNew } = await this.beginVia(this.api().uploads, content);
    if (isNew) this.open = { id: session.id, content };
  }

  private async finish(): Promise<void> {
    const { uploads } = this.api();
    const { open } = this;
    if (open === undefined) return;
    this.open = undefined;
    await uploads.complete(open.id, [await this.put(uploads, open.id, this.bytesOf(open.content))]);
    this.sessions.set(open.id, 'ready');
    if (this.model.contentOf(open.content) === 'absent') this.model.contents.set(open.content, 'pending');
  }

  /** One who brought nothing and whose grant covers nothing here asks for a digest. */
  private async peek(content: number): Promise<void> {
    const stranger = {
      ...{ principalId: randomUUID(), imagePatterns: ['other-*'] },
      covers: (name: string) => name.startsWith('other-'),
      audience: knownAudience(['other-*']),
    };
    const visibility = new BlobVisibility(this.real.database);
    const { session, isNew } = await this.api().uploads.begin(
      {
        expectedDigest: this.digestOf(content),
        expectedSizeBytes: this.bytesOf(content).length,
        createdBy: stranger.principalId,
      },
      (digest) => visibility.isVisible(digest, stranger),
    );
    if (isNew) {
      await this.api().uploads.abort(session.id);
      return;
    }
    this.model.candidates.delete(content);
    const isPublic = [...this.model.versions.values()].some(
      (version) => version.content === content && ['published', 'publishing'].includes(version.state),
    );
    if (!isPublic) throw new ViolationError('a stranger was told that a digest is known');
  }

  private async quota(): Promise<void> {
    const limited = randomUUID();
    const { quotas, uploads } = this.api();
    await this.real.database.rows(
      `INSERT INTO principals (id, kind, display_name) VALUES ($1, 'service', 'limited')`,
      [limited],
    );
    await quotas.put(limited, { openUploads: 1 });
    const upload = { expectedDigest: this.digestOf(9), expectedSizeBytes: 1, createdBy: limited };
    const { session } = await uploads.begin(upload);
    expectCode(
      await codeOf(uploads.begin(upload)),
      ['open-upload-limit'],
      'a second upload beyond the quota',
    );
    await uploads.abort(session.id);
    await quotas.delete(limited);
  }

  // The catalogue

  private async draft(version: string, content: number): Promise<void> {
    if (this.model.versions.has(version)) return;
    const { versions, artifacts } = this.api();
    await versions.createDraft(this.image, version, this.principal);
    await artifacts.create(this.image, version, {
      ...{ variant: 'default', operatingSystem: 'linux', architecture: 'amd64', format: 'raw' },
      primaryBlobDigest: this.digestOf(content),
      primaryBlobSizeBytes: this.bytesOf(content).length,
      primaryMediaType: 'application/octet-stream',
    });
    this.model.candidates.delete(content);
    this.model.versions.set(version, { state: 'draft', content, isDeprecated: false });
  }

  private async change(name: VersionOperation, versionName: string): Promise<void> {
    const version = this.model.versions.get(versionName);
    const code = await codeOf(this.changeReal(name, versionName));
    if (version === undefined) {
      expectCode(code, ['version-not-found', 'publish-job-not-found'], `${name} of no version`);
      return;
    }
    const { allowed, refused } = this.expectation(name, versionName, version.state, version.content);
    expectCode(
      code,
      [...(allowed ? ['ok'] : []), ...refused],
      `${name} of a version that is ${version.state}`,
    );
    if (code === 'ok') this.apply(name, versionName, version.state);
    else if (name === 'cancel' && version.state === 'publishing') version.state = 'published';
  }

  private changeReal(name: VersionOperation, version: string): Promise<unknown> {
    const { versions, publishing, aliases, deprecations, withdrawals } = this.api();
    switch (name) {
      case 'deleteDraft':
        return versions.deleteDraft(this.image, version);
      case 'publish':
        return publishing.publish(this.image, version, this.principal);
      case 'cancel':
        return publishing.getJobOfVersion(this.image, version).then(({ id }) => publishing.cancel(id));
      case 'alias':
        return aliases.put(this.image, 'latest', version, () => true);
      case 'deprecate':
        return deprecations.deprecate(this.image, version, { reason: 'old' });
      case 'withdraw':
        return withdrawals.withdraw(this.image, version, { reason: 'bad' });
      case 'restore':
        return withdrawals.restore(this.image, version);
    }
  }

  /** What may come of a change: while a publish is under way, whatever may come of it before or after. */
  private expectation(
    name: VersionOperation,
    versionName: string,
    state: string,
    content: number,
  ): { readonly allowed: boolean; readonly refused: readonly string[] } {
    const isUnsure = state === 'publishing';
    const isPublished = state === 'published' || isUnsure;
    switch (name) {
      case 'deleteDraft':
        return {
          allowed: state === 'draft',
          refused: state === 'draft' ? [] : ['version-not-draft', 'version-withdrawn'],
        };
      case 'publish': {
        const stored = this.model.contentOf(content);
        if (state !== 'draft') {
          return { allowed: isPublished, refused: state === 'withdrawn' ? ['version-withdrawn'] : [] };
        }
        return { allowed: stored !== 'absent', refused: stored === 'stored' ? [] : ['blobs-not-verified'] };
      }
      case 'cancel':
        return { allowed: isUnsure, refused: ['job-over', 'publish-job-not-found'] };
      case 'alias':
      case 'deprecate':
        return {
          allowed: isPublished,
          refused: state === 'published' ? [] : ['version-not-published', 'version-withdrawn'],
        };
      case 'withdraw': {
        const isAliased = this.model.alias === versionName;
        return {
          allowed: isPublished && !isAliased,
          refused:
            state === 'published' && !isAliased
              ? []
              : ['version-aliased', 'version-not-published', 'version-withdrawn'],
        };
      }
      case 'restore':
        return {
          allowed: state === 'withdrawn',
          refused: state === 'withdrawn' ? [] : ['version-not-withdrawn'],
        };
    }
  }

  private apply(name: VersionOperation, versionName: string, state: string): void {
    const version = this.model.versions.get(versionName);
    if (version === undefined) return;
    switch (name) {
      case 'deleteDraft':
        this.model.versions.delete(versionName);
        return;
      case 'publish':
        if (state === 'draft') {
          version.state = 'publishing';
          this.model.contents.set(version.content, 'stored');
        }
        return;
      case 'cancel':
        version.state = 'draft';
        return;
      case 'alias':
        version.state = 'published';
        this.model.alias = versionName;
        return;
      case 'deprecate':
        version.state = 'published';
        version.isDeprecated = true;
        return;
      case 'withdraw':
        version.state = 'withdrawn';
        return;
      case 'restore':
        version.state = 'published';
    }
  }

  private async retain(newest: number): Promise<void> {
    await this.settle();
    const { retentions } = this.api();
    const published = await this.publishedLatestFirst();
    await retentions.put(this.image, { keepNewest: newest });
    await this.queue('apply_retention', {});
    await this.settle();
    await retentions.delete(this.image);
    for (const name of published.slice(newest)) {
      const version = this.model.versions.get(name);
      if (version !== undefined && this.model.alias !== name) version.state = 'withdrawn';
    }
  }

  private async publishedLatestFirst(): Promise<string[]> {
    const { items } = await this.api().versions.list(this.image, ['published'], 'writer', PAGE);
    return items
      .toSorted((a, b) => Number(b.publishedAt) - Number(a.publishedAt))
      .map(({ version }) => version);
  }

  // What is stored

  private async deleteBlob(content: number): Promise<void> {
    await this.settle();
    const code = await codeOf(this.api().collections.deleteBlob(this.digestOf(content), this.principal));
    if (this.model.contentOf(content) === 'absent') {
      expectCode(code, ['blob-not-found'], 'to delete a blob that is not there');
      return;
    }
    expectCode(code, [this.model.isReferenced(content) ? 'blob-referenced' : 'ok'], 'to delete a blob');
    if (code === 'ok') {
      await this.settle();
      this.model.contents.set(content, 'absent');
      this.model.candidates.delete(content);
    }
  }

  private async collect(): Promise<void> {
    await this.settle();
    await this.queue('collect_blobs', { isRequested: true });
    await this.settle();
    this.model.collect();
  }

  /** Somebody asks for the bytes just as they are being collected. */
  private async beginDuringCollection(content: number): Promise<void> {
    await this.settle();
    if (this.model.contentOf(content) !== 'stored' || this.model.isReferenced(content)) return;
    await this.collect();
    await this.jump();
    if (this.model.contentOf(content) !== 'stored') return;
    await this.queue('collect_blobs', { isRequested: true });
    const process = new BreakableProcess(this.real, { kind: 'freeze', at: FIRST_BATCH, when: 'commit' });
    const attempt = this.worker.work(process);
    await Promise.race([process.frozen(), attempt]);
    let isOver = false;
    const begun = this.api()
      .uploads.begin({
        expectedDigest: this.digestOf(content),
        expectedSizeBytes: this.bytesOf(content).length,
        createdBy: this.principal,
      })
      .finally(() => {
        isOver = true;
      });
    await Promise.race([begun, this.waiting(() => isOver)]);
    process.thaw();
    await attempt;
    const { session, isNew } = await begun;
    await this.settle();
    this.model.collect();
    if (!isNew) {
      this.requireStoredNow(
        await this.api().reader.find(this.digestOf(content)),
        'an upload was ready at once',
      );
      return;
    }
    const { uploads } = this.api();
    await uploads.complete(session.id, [await this.put(uploads, session.id, this.bytesOf(content))]);
    this.sessions.set(session.id, 'ready');
    this.model.contents.set(content, 'pending');
  }

  private async waiting(isOver: () => boolean): Promise<void> {
    if (!isOver()) await someoneWaits(this.real.database).catch(() => undefined);
  }

  /** Looks for what is left over, as if the grace lay between two looks, while an upload is open. */
  private async sweep(): Promise<void> {
    if (this.open === undefined) return;
    await this.settle();
    for (let round = 0; round < 2; round += 1) {
      await this.real.database.rows(
        `UPDATE stray_objects SET first_seen_at = first_seen_at - interval '10 days'`,
      );
      await this.real.database.rows('UPDATE store_sweep SET ended_at = NULL');
      await this.queue('sweep_store', {});
      await this.settle();
    }
  }

  // Workers and time

  private async workBroken(trouble: Trouble): Promise<void> {
    if (this.frozen !== undefined) return;
    const process = new BreakableProcess(this.real, trouble);
    const attempt = this.worker.work(process);
    if (trouble.kind === 'die') {
      await attempt;
      return;
    }
    this.frozen = { process, attempt };
    await Promise.race([process.frozen(), attempt]);
  }

  /** A worker stands still for longer than its lease, another one does its job, then it goes on. */
  private async overtake(trouble: Trouble): Promise<void> {
    await this.workBroken(trouble);
    await this.jump();
    await this.worker.work(new BreakableProcess(this.real));
    await this.thaw();
  }

  /** What was frozen goes on, and can do nothing for a job that is not its own any more. */
  private async thaw(): Promise<void> {
    const { frozen } = this;
    if (frozen === undefined) return;
    this.frozen = undefined;
    const before = await this.real.database.rows<{ id: string; attempt: number; state: string }>(
      `SELECT id, attempt, state FROM jobs WHERE claimed_at > now() - interval '10 minutes'`,
    );
    frozen.process.thaw();
    const attempt = await frozen.attempt;
    const job = before.find(({ id }) => id === attempt?.claimed.lease.jobId);
    if (attempt?.outcome !== 'succeeded' || job === undefined) return;
    if (job.attempt > attempt.claimed.attempt || job.state === 'canceled') {
      throw new ViolationError(
        `a worker ended a ${attempt.claimed.lease.kind} that was not its own any more`,
      );
    }
  }

  private async jump(): Promise<void> {
    const { database } = this.real;
    await database.rows(
      `UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE state = 'running'`,
    );
    await database.rows(
      `UPDATE collection_candidates SET since = since - interval '10 days', review_after = review_after - interval '10 days'`,
    );
    await this.makeDue();
    this.model.jump();
  }

  private async makeDue(): Promise<void> {
    await this.real.database.rows(
      `UPDATE jobs SET run_after = now() WHERE state = 'queued' AND run_after > now()`,
    );
  }

  /** Until no job is left. */
  private async settle(): Promise<void> {
    await this.thaw();
    for (let done = 0; done < MOST_JOBS; done += 1) {
      if ((await this.worker.work(new BreakableProcess(this.real))) === undefined) {
        const left = await this.real.database.rows(`SELECT FROM jobs WHERE state IN ('queued', 'running')`);
        if (left.length === 0) {
          this.model.settle();
          return;
        }
        await this.real.database.rows(
          `UPDATE jobs SET lease_expires_at = now() - interval '1 second' WHERE state = 'running'`,
        );
        await this.makeDue();
      }
    }
    throw new ViolationError('jobs never end');
  }

  private async queue(kind: string, payload: object): Promise<void> {
    await this.real.database.rows(`INSERT INTO jobs (kind, payload, max_attempts) VALUES ($1, $2, 20)`, [
      kind,
      JSON.stringify(payload),
    ]);
  }

  // What is there in the end

  private async compare(): Promise<void> {
    const failed = await this.real.database.rows<{ kind: string; last_error: string }>(
      `SELECT kind, last_error FROM jobs WHERE state = 'failed'`,
    );
    requireSame(failed, [], 'failed jobs');
    const { versions, aliases } = this.api();
    const { items } = await versions.list(this.image, VERSION_STATES, 'writer', PAGE);
    const real = items.map((each) => [each.version, each.state, each.deprecation !== undefined] as const);
    const wanted = [...this.model.versions].map(([name, { state, isDeprecated }]) => [
      name,
      state,
      isDeprecated,
    ]);
    requireSame(real.toSorted(), wanted.toSorted(), 'versions');
    const alias = await aliases.get(this.image, 'latest', 'writer').catch(() => undefined);
    requireSame(alias?.version, this.model.alias, 'the alias');
    for (const [name, { state, content }] of this.model.versions) {
      await this.compareVersion(name, state, content);
    }
    for (const [id, state] of this.sessions) {
      requireSame((await this.api().uploads.get(id)).state, state, 'an upload');
    }
    for (const [content, state] of this.model.contents) {
      const blob = await this.api().reader.find(this.digestOf(content));
      requireSame(blob !== undefined, state === 'stored', `content ${content} is stored`);
      if (blob !== undefined) await this.requireBytes(content);
    }
  }

  private async compareVersion(name: string, state: string, content: number): Promise<void> {
    const manifest = await this.api()
      .manifests.get(this.image, name, 'anyone')
      .catch(() => undefined);
    requireSame(manifest !== undefined, state === 'published', `${name} is visible while it is ${state}`);
    if (manifest !== undefined) {
      requireSame(manifest.artifacts.length, 1, 'the artifacts of a version');
      await this.requireBytes(content);
    }
  }

  private async requireBytes(content: number): Promise<void> {
    const body = await this.api().reader.open(this.digestOf(content));
    const bytes = await buffer(body);
    requireSame(bytes.equals(this.bytesOf(content)), true, `the bytes of content ${content} are right`);
  }

  private requireStored(content: number, what: string): void {
    if (this.model.contentOf(content) === 'absent') throw new ViolationError(`${what} without its bytes`);
    this.model.contents.set(content, 'stored');
  }

  private requireStoredNow(blob: unknown, what: string): void {
    if (blob === undefined) throw new ViolationError(`${what} without its bytes`);
  }

  private bytesOf(content: number): Buffer {
    const block = createHash('sha256').update(`${this.number} ${content}`).digest();
    return Buffer.concat([block, block, block]);
  }

  private digestOf(content: number): Digest {
    return digestOfHex(createHash('sha256').update(this.bytesOf(content)).digest('hex'));
  }

  /** What an api process has, which may come into trouble. */
  private api(trouble?: Trouble) {
    const { database, store } = new BreakableProcess(this.real, trouble);
    const limits = { ttlMs: DAY_MS, maxAgeMs: DAY_MS, maxSizeBytes: 2 ** 30, quota: {} };
    return {
      uploads: new Uploads(database, store, limits, UNRECORDED),
      images: new Images(database, UNRECORDED),
      versions: new Versions(database, UNRECORDED, { maxDrafts: 0 }),
      artifacts: new Artifacts(database, UNRECORDED),
      publishing: new Publishing(database, UNRECORDED),
      aliases: new Aliases(database, UNRECORDED),
      deprecations: new Deprecations(database, UNRECORDED),
      withdrawals: new Withdrawals(database, UNRECORDED, { restoreWindowMs: DAY_MS }),
      retentions: new Retentions(database, UNRECORDED, undefined),
      collections: new Collections(database, isReferenced, UNRECORDED),
      quotas: new Quotas(database, UNRECORDED, {}),
      manifests: new Manifests(database),
      reader: new BlobReader(database, store),
    };
  }
}

/** The code of the refusal, or `ok`; anything that is no refusal is thrown. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof ImgsrvError) return error.code;
    throw error;
  }
}

function expectCode(code: string, expected: readonly string[], what: string): void {
  if (!expected.includes(code)) {
    throw new ViolationError(`${what} gave ${code}, not ${expected.join(' or ')}`);
  }
}

function requireSame(real: unknown, wanted: unknown, what: string): void {
  if (JSON.stringify(real) !== JSON.stringify(wanted)) {
    throw new ViolationError(`${what}: ${JSON.stringify(real)}, not ${JSON.stringify(wanted)}`);
  }
}

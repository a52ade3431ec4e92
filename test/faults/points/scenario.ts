import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseDigest } from '@imgsrv/cas';
import { newGenerationKey } from '../../../libs/cas/src/object-keys.js';
import { deltaBetween } from '../../../libs/catalog/src/deltas/vcdiff/fixtures/encode-vcdiff.js';
import { readRealArchive } from '../../../libs/streams/src/metadata/fixtures/real-archives.js';
import { digestOf } from '../../contract/upload-steps.js';
import { putObject } from '../../support/put-object.js';
import { waitFor } from '../../support/wait-for.js';
import { fileOfSize } from '../store-files.js';
import type { BreakableService } from './breakable-service.js';
import { artifactOf, attachmentOf, changedDisk, newDisk, type Publisher } from './publisher.js';

/** Where what is stored is read and hashed. */
const READ_POINT = 'cas/object-store/hash-object hashObject openRead';
const DONE = { first: [200] };
const METADATA = readRealArchive('split');

export interface Managers {
  readonly publisher: Publisher;
  /** Path of the publisher's quota, and who sets it. */
  readonly quota: string;
  readonly manager: Publisher['client'];
}

/** A version that the scenario leaves published, with what its files hold. */
export interface LeftPublished {
  readonly path: string;
  readonly artifact: string;
  readonly disk: Buffer;
  readonly notes: Buffer;
}

/** Does everything once that the service offers for images, of which the acknowledged is `left` and `facts`. */
export class Scenario {
  readonly left: LeftPublished[] = [];
  /** What was acknowledged, by the path where it is to be seen: the members, or the status. */
  readonly facts = new Map<string, Readonly<Record<string, unknown>> | number>();
  private readonly image: string;

  constructor(
    private readonly service: BreakableService,
    private readonly managers: Managers,
    round: number,
  ) {
    this.image = `round-${round}`;
  }

  async run(): Promise<void> {
    await this.setQuota();
    await this.service.runNow('purge_jobs');
    await this.uploads();
    await this.publishes();
    await this.failures();
    await this.lifecycle();
    await this.damage();
    await this.collections();
    await this.strays();
    await this.service.runNow('record_catalog');
    await this.managers.manager.call('DELETE', this.managers.quota, { first: [204], again: [404] });
  }

  private get publisher(): Publisher {
    return this.managers.publisher;
  }

  /** Sees what its own principal may see. */
  get reader(): Publisher['client'] {
    return this.publisher.client;
  }

  private get path(): string {
    return `/v1/images/${this.image}`;
  }

  private async setQuota(): Promise<void> {
    const json = { stored_bytes: 1e12, open_uploads: 1000 };
    await this.managers.manager.call('PUT', this.managers.quota, DONE, { json });
  }

  /** Those that end otherwise than well, and two of the same bytes. */
  private async uploads(): Promise<void> {
    const bytes = randomBytes(2000);
    expect(await this.publisher.upload(bytes, { sent: randomBytes(2000) })).toBe('failed');
    const aborted = await this.publisher.begin(bytes);
    await this.publisher.abort(aborted.id);
    this.facts.set(`/v1/uploads/${aborted.id}`, { state: 'aborted' });
    const expired = await this.publisher.begin(bytes);
    await this.service.rows(
      `UPDATE upload_sessions SET expires_at = now() - interval '1 second' WHERE id = $1`,
      [expired.id],
    );
    await this.service.runNow('expire_uploads');
    this.facts.set(`/v1/uploads/${expired.id}`, { state: 'aborted' });
    const twice = [await this.publisher.begin(bytes), await this.publisher.begin(bytes)];
    for (const { id } of twice) {
      await this.publisher.complete(id, await this.publisher.sendPart(id, bytes));
    }
    for (const { id } of twice) {
      expect(await this.publisher.ended(id)).toBe('ready');
      this.facts.set(`/v1/uploads/${id}`, { state: 'ready' });
    }
  }

  private async publishes(): Promise<void> {
    await this.publisher.createImage(this.image);
    const json = { display_name: 'Round' };
    await this.publisher.client.call('PATCH', this.path, DONE, { json });
    this.facts.set(this.path, json);
    await this.service.faults.arm({ point: READ_POINT, fault: 'late' });
    const first = await this.publish('1');
    await this.release('released', first);
    await this.releaseDelta('patched', first);
    await this.releaseMadeDelta('wished', first);
    await this.publish('2');
    await this.publisher.pointAlias(this.image, 'latest', '1');
    await this.publisher.pointAlias(this.image, 'latest', '2');
    this.facts.set(`${this.path}/aliases/latest`, { version: '2' });
    await this.publisher.pointAlias(this.image, 'other', '1');
    await this.publisher.remove(`${this.path}/aliases/other`);
    this.facts.set(`${this.path}/aliases/other`, 404);
  }

  /** Another version of the same files, by one call. */
  private async release(version: string, { disk, notes }: LeftPublished): Promise<void> {
    const attachments = [attachmentOf('notes', notes), attachmentOf('incus.tar.xz', METADATA)];
    const plain = { ...artifactOf(disk, 'plain'), incus: { os: 'Tiny', release: this.image } };
    await this.releaseOf(version, [{ ...artifactOf(disk), attachments }, plain]);
  }

  /** A version that is made of version 1 by a delta. */
  private async releaseDelta(version: string, base: LeftPublished): Promise<void> {
    const disk = changedDisk(base.disk);
    const delta = deltaBetween(base.disk, disk);
    expect([await this.publisher.upload(disk), await this.publisher.upload(delta)]).toEqual([
      'ready',
      'ready',
    ]);
    const ofBase = { ...attachmentOf('disk-kvm.img.vcdiff', delta), base_version: '1' };
    const attachments = [attachmentOf('incus.tar.xz', METADATA), ofBase];
    await this.releaseOf(version, [{ ...artifactOf(disk), attachments }]);
    // So that it stays.
    await this.publisher.pointAlias(this.image, 'kept', version);
  }

  /** A version of which the publish makes a delta, beside the metadata. */
  private async releaseMadeDelta(version: string, base: LeftPublished): Promise<void> {
    const disk = changedDisk(base.disk);
    expect(await this.publisher.upload(disk)).toBe('ready');
    await this.service.encoder.give(deltaBetween(base.disk, disk));
    const incus = { os: 'Tiny', release: this.image };
    await this.releaseOf(version, [{ ...artifactOf(disk), delta_from: '1', incus }]);
    // So that it stays.
    await this.publisher.pointAlias(this.image, 'kept-too', version);
  }

  private async releaseOf(version: string, artifacts: readonly object[]): Promise<void> {
    const json = { artifacts };
    const path = `${this.path}/versions/${version}`;
    const { members } = await this.publisher.client.call(
      'POST',
      `${path}/release`,
      { first: [202] },
      { json },
    );
    expect(await this.publisher.endedJob(`/v1/publish-jobs/${String(members.id)}`)).toBe('succeeded');
    this.facts.set(path, 200);
  }

  private async publish(version: string): Promise<LeftPublished> {
    const [disk, notes] = [newDisk(), randomBytes(3000)];
    const artifact = await this.publisher.declare(this.image, version, disk, notes);
    await this.publisher.attach(artifact, 'incus.tar.xz', METADATA);
    await this.publisher.remove(await this.publisher.addArtifact(this.image, version, disk, 'spare'));
    const { client } = this.publisher;
    await client.call('PATCH', artifact, DONE, { json: { secure_boot: false } });
    await client.call('PATCH', `${this.path}/versions/${version}`, DONE, { json: { notes: 'Fixes' } });
    expect(await this.publisher.upload(disk, { replaces: true })).toBe('ready');
    await this.publisher.uploadWhole(notes);
    expect(await this.publisher.upload(METADATA)).toBe('ready');
    expect(await this.publisher.publish(this.image, version)).toMatchObject({ state: 'succeeded' });
    const left = { path: `${this.path}/versions/${version}`, artifact, disk, notes };
    this.left.push(left);
    this.facts.set(left.path, 200);
    return left;
  }

  /** A version that cannot be published, and an image that is given up. */
  private async failures(): Promise<void> {
    const notes = randomBytes(1000);
    const artifact = await this.publisher.declare(this.image, 'broken', notes, notes);
    const [entry] = await this.publisher.manifest(this.image, 'broken');
    await this.publisher.remove(`${artifact}/attachments/${entry?.attachments[0]?.id ?? ''}`);
    expect(await this.publisher.upload(notes)).toBe('ready');
    const { job, state } = await this.publisher.publish(this.image, 'broken');
    expect(state).toBe('failed');
    await this.publisher.client.call('POST', `${job}/retry`, { first: [202], again: [412] });
    expect(await this.publisher.endedJob(job)).toBe('failed');
    await this.publisher.client.call('POST', `${job}/cancel`, { first: [200], again: [412] });
    await this.publisher.remove(`${this.path}/versions/broken`);
    this.facts.set(`${this.path}/versions/broken`, 404);
    await this.publisher.createImage(`${this.image}-empty`);
    await this.publisher.remove(`${this.path}-empty`);
    this.facts.set(`${this.path}-empty`, 404);
  }

  private async lifecycle(): Promise<void> {
    const { client } = this.publisher;
    const reason = { json: { reason: 'It is old.' } };
    const [one, two] = [`${this.path}/versions/1`, `${this.path}/versions/2`];
    await client.call('POST', `${two}/deprecation`, DONE, reason);
    await client.call('DELETE', `${two}/deprecation`, { first: [204], again: [412] });
    await client.call('POST', `${one}/withdrawal`, { first: [200], again: [410] }, reason);
    await client.call('DELETE', `${one}/withdrawal`, { first: [204], again: [412] });
    const aliases = { from_alias: 'latest', to_alias: 'promoted' };
    const promotions = `${this.path}/promotions`;
    await client.call('POST', promotions, { first: [201], again: [409] }, { json: aliases });
    const { members } = await client.call('GET', promotions, DONE);
    const [{ id } = { id: '' }] = members.promotions as readonly { readonly id: string }[];
    await client.call('POST', `${promotions}/${id}/revert`, { first: [201], again: [409] });
    this.facts.set(`${this.path}/aliases/promoted`, 404);
    const view = { image_patterns: [this.image], alias: 'latest' };
    await client.call('PUT', `/v1/channels/${this.image}`, DONE, { json: view });
    await client.call('DELETE', `/v1/channels/${this.image}`, { first: [204], again: [404] });
    this.facts.set(`/v1/channels/${this.image}`, 404);
    await client.call('PUT', `${this.path}/retention`, DONE, { json: { keep_newest: 1 } });
    await this.service.runNow('apply_retention');
    await client.call('DELETE', `${this.path}/retention`, { first: [204], again: [404] });
    this.facts.set(`${this.path}/retention`, 404);
    this.facts.set(one, 410);
    this.facts.set(`${this.path}/versions/released`, 410);
    this.left.shift();
    // As if the time in which it can be restored had passed.
    await this.service.rows(
      `ALTER TABLE versions DISABLE TRIGGER versions_guard;
       UPDATE versions SET withdrawn_at = now() - interval '2 days', restorable_until = now() - interval '1 day'
        WHERE state = 'withdrawn' AND released_at IS NULL;
       ALTER TABLE versions ENABLE TRIGGER versions_guard`,
    );
    await this.service.runNow('release_withdrawn');
    await this.service.rows(
      `UPDATE stream_roots SET content = NULL
        WHERE version_id IN (SELECT id FROM versions WHERE state = 'published')`,
    );
    await this.service.runNow('reproject_streams');
  }

  /** Bytes that go bad, and come again. */
  private async damage(): Promise<void> {
    const version = this.left.at(-1);
    if (version === undefined) throw new Error('nothing is published');
    await this.service.runNow('scrub_blobs');
    await this.service.faults.arm({ point: READ_POINT, fault: 'error' });
    await this.service.runNow('scrub_blobs', { digest: digestOf(version.disk) });
    const { storageDir } = this.service.running;
    const file = await open(await fileOfSize(storageDir, digestOf(version.disk), version.disk.length), 'r+');
    await file.write(Buffer.from([255]), 0, 1, version.disk.length - 1);
    await file.close();
    await this.foundDamaged(version.disk);
    expect(await this.publisher.upload(version.disk)).toBe('ready');
    await rm(dirname(await fileOfSize(storageDir, digestOf(version.notes), version.notes.length)), {
      recursive: true,
    });
    await this.foundDamaged(version.notes);
    expect(await this.publisher.upload(version.notes)).toBe('ready');
  }

  private async foundDamaged(bytes: Buffer): Promise<void> {
    const digest = digestOf(bytes);
    await waitFor(
      async () => {
        await this.service.as().once('GET', `/v1/blobs/${digest}`);
        await this.service.runNow('scrub_blobs', { digest });
        return (
          (await this.service.rows(`SELECT FROM blobs WHERE digest = $1 AND state = 'damaged'`, [digest]))
            .length > 0
        );
      },
      { timeoutMs: 30_000, what: 'damage to be found' },
    );
    await this.publisher.client.call('GET', `/v1/blobs/${digest}`, { first: [503] });
  }

  private async collections(): Promise<void> {
    const { client } = this.publisher;
    const loose = randomBytes(1500);
    expect(await this.publisher.upload(loose)).toBe('ready');
    const deleted = await client.call('DELETE', `/v1/blobs/${digestOf(loose)}`, { first: [202, 404] });
    await this.collected(deleted.members.id);
    for (const dry_run of [true, false, false]) {
      const { members } = await client.call(
        'POST',
        '/v1/storage/collections',
        { first: [202] },
        { json: { dry_run } },
      );
      await this.collected(members.id);
    }
    this.facts.set(`/v1/blobs/${digestOf(loose)}`, 404);
  }

  private async collected(id: unknown): Promise<void> {
    await waitFor(
      async () => {
        if (typeof id !== 'string') return true;
        const { members } = await this.publisher.client.call('GET', `/v1/storage/collections/${id}`, DONE);
        return members.state === 'succeeded';
      },
      { timeoutMs: 60_000, what: 'a collection to end' },
    );
  }

  /** What a process left behind that died between the store and the database. */
  private async strays(): Promise<void> {
    const digest = parseDigest(digestOf(randomBytes(10)));
    await putObject(this.service.store, newGenerationKey(digest), randomBytes(10));
    await this.service.store.createMultipartUpload(newGenerationKey(digest));
    await sweep(this.service);
  }
}

/** Sweeps the store twice, as if the grace lay between. */
export async function sweep(service: BreakableService): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await service.rows(`UPDATE stray_objects SET first_seen_at = first_seen_at - interval '2 hours'`);
    await service.rows('UPDATE store_sweep SET ended_at = NULL');
    await service.runNow('sweep_store');
  }
}

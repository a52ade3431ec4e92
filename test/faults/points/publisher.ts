import { randomBytes } from 'node:crypto';
import { makeWholeQcow2 } from '../../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { digestOf } from '../../contract/upload-steps.js';
import { waitFor } from '../../support/wait-for.js';
import type { RepeatingClient } from './repeating-client.js';

const CREATED = { first: [201], again: [409] };
const GONE = { first: [204], again: [404] };
const DONE = { first: [200] };
const WAIT_MS = 60_000;
/** Of the first cluster of data in `makeWholeQcow2`. */
const DATA_OFFSET = 6 * 4096;

/** A disk unlike every other one. */
export function newDisk(): Buffer {
  return changedDisk(makeWholeQcow2());
}

/** A disk that is like another one but for some bytes. */
export function changedDisk(other: Buffer): Buffer {
  const disk = Buffer.from(other);
  randomBytes(64).copy(disk, DATA_OFFSET);
  return disk;
}

export function artifactOf(disk: Buffer, variant = 'default'): Readonly<Record<string, unknown>> {
  return {
    ...{ operating_system: 'tiny', architecture: 'amd64', variant, format: 'qcow2' },
    ...{ primary_blob_digest: digestOf(disk), primary_blob_size_bytes: disk.length },
    primary_media_type: 'application/octet-stream',
  };
}

export function attachmentOf(name: string, bytes: Buffer): Readonly<Record<string, unknown>> {
  return {
    ...{ name, media_type: 'application/octet-stream' },
    ...{ blob_digest: digestOf(bytes), blob_size_bytes: bytes.length },
  };
}

export interface ManifestEntry {
  readonly artifact: { readonly id: string; readonly variant: string };
  readonly attachments: readonly { readonly id: string; readonly name: string }[];
}

/** One who publishes and goes on whatever breaks; every method rejects when the service contradicts itself. */
export class Publisher {
  constructor(readonly client: RepeatingClient) {}

  /** An upload of these bytes, as one part. Its state when it is over. */
  async upload(
    bytes: Buffer,
    options: { readonly sent?: Buffer; readonly replaces?: boolean } = {},
  ): Promise<string> {
    const begun = await this.begin(bytes);
    if (begun.state !== 'created') {
      return begun.state;
    }
    if (options.replaces === true) {
      await this.sendPart(begun.id, randomBytes(bytes.length));
    }
    const part = await this.sendPart(begun.id, options.sent ?? bytes);
    await this.complete(begun.id, part);
    return this.ended(begun.id);
  }

  /** The same bytes by one request, and, when it is repeated, without them. */
  async uploadWhole(bytes: Buffer): Promise<void> {
    const path = `/v1/blobs/${digestOf(bytes)}`;
    await this.client.call('PUT', path, { first: [201], again: [200] }, { body: bytes });
    await this.client.call('PUT', path, DONE, { body: bytes });
    const wrong = randomBytes(bytes.length);
    await this.client.call('PUT', `/v1/blobs/${digestOf(wrong)}`, { first: [400] }, { body: bytes });
  }

  async begin(bytes: Buffer): Promise<{ readonly id: string; readonly state: string }> {
    const json = { expected_digest: digestOf(bytes), expected_size_bytes: bytes.length };
    const { members } = await this.client.call('POST', '/v1/uploads', { first: [200, 201] }, { json });
    return { id: String(members.id), state: String(members.state) };
  }

  async sendPart(id: string, body: Buffer): Promise<object> {
    const { members } = await this.client.call('PUT', `/v1/uploads/${id}/parts/1`, DONE, { body });
    return { number: 1, etag: members.etag, size_bytes: body.length };
  }

  async complete(id: string, part: object): Promise<void> {
    const json = { parts: [part] };
    // One that was completed by a call without an answer may have failed by now.
    await this.client.call('POST', `/v1/uploads/${id}/complete`, { first: [200], again: [412] }, { json });
  }

  /** The state of an upload that was completed, once it is over. */
  async ended(id: string): Promise<string> {
    return waitFor(
      async () => {
        const { members } = await this.client.call('GET', `/v1/uploads/${id}`, DONE);
        return ['ready', 'failed', 'aborted'].includes(String(members.state))
          ? String(members.state)
          : undefined;
      },
      { timeoutMs: WAIT_MS, what: `upload ${id} to end` },
    );
  }

  async abort(id: string): Promise<void> {
    await this.client.call('POST', `/v1/uploads/${id}/abort`, DONE);
  }

  async createImage(name: string): Promise<void> {
    await this.client.call('POST', '/v1/images', CREATED, { json: { name } });
  }

  /** A draft that declares the disk and an attachment to it; gives the path of the artifact. */
  async declare(image: string, version: string, disk: Buffer, notes: Buffer): Promise<string> {
    await this.client.call('POST', `/v1/images/${image}/versions`, CREATED, { json: { version } });
    const artifact = await this.addArtifact(image, version, disk);
    await this.attach(artifact, 'notes', notes);
    return artifact;
  }

  async addArtifact(image: string, version: string, disk: Buffer, variant = 'default'): Promise<string> {
    const path = `/v1/images/${image}/versions/${version}/artifacts`;
    const json = artifactOf(disk, variant);
    await this.client.call('POST', path, CREATED, { json });
    const found = (await this.manifest(image, version)).find(({ artifact }) => artifact.variant === variant);
    if (found === undefined) throw new Error(`an artifact that was acknowledged is not there: ${path}`);
    return `${path}/${found.artifact.id}`;
  }

  async manifest(image: string, version: string): Promise<readonly ManifestEntry[]> {
    const { members } = await this.client.call('GET', `/v1/images/${image}/versions/${version}`, DONE);
    return members.artifacts as readonly ManifestEntry[];
  }

  async attach(artifact: string, name: string, bytes: Buffer): Promise<void> {
    const json = attachmentOf(name, bytes);
    await this.client.call('POST', `${artifact}/attachments`, CREATED, { json });
  }

  async remove(path: string): Promise<void> {
    await this.client.call('DELETE', path, GONE);
  }

  /** Publishes, and gives the path and the state of the job when that is over. */
  async publish(image: string, version: string): Promise<{ readonly job: string; readonly state: string }> {
    const path = `/v1/images/${image}/versions/${version}/publish`;
    const { members } = await this.client.call('POST', path, { first: [202] });
    const job = `/v1/publish-jobs/${String(members.id)}`;
    return { job, state: await this.endedJob(job) };
  }

  async endedJob(job: string): Promise<string> {
    return waitFor(
      async () => {
        const { state } = (await this.client.call('GET', job, DONE)).members;
        return state === 'queued' || state === 'running' ? undefined : String(state);
      },
      { timeoutMs: WAIT_MS, what: `${job} to end` },
    );
  }

  async pointAlias(image: string, alias: string, version: string): Promise<void> {
    await this.client.call('PUT', `/v1/images/${image}/aliases/${alias}`, DONE, { json: { version } });
  }
}

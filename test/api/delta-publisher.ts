import { randomUUID } from 'node:crypto';
import { readRealArchive } from '../../libs/streams/src/metadata/fixtures/real-archives.js';
import { digestOf } from '../contract/upload-steps.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';

/** A file of a version: an artifact, or what is attached to it. */
export interface DeltaRelease {
  readonly root: Buffer;
  readonly format?: 'squashfs' | 'qcow2';
  readonly variant?: string;
  /** Of which version the publish is to make a delta. */
  readonly deltaFrom?: string;
  readonly delta?: { readonly bytes: Buffer; readonly base?: string; readonly name?: string };
}

export interface PublishJob {
  readonly id: string;
  readonly state: string;
  readonly failed_step?: string;
  readonly failure_message?: string;
  readonly steps: readonly { readonly name: string; readonly state: string; readonly detail?: string }[];
}

export interface ManifestAttachment {
  readonly name: string;
  readonly blob_digest: string;
  readonly blob_size_bytes: number;
  readonly base_version?: string;
  readonly generated?: boolean;
}

/** Publishes versions of an image of its own, with deltas. */
export class DeltaPublisher {
  readonly image = `image-${randomUUID()}`;

  constructor(private readonly writer: HttpClient) {}

  pathOf(version: string): string {
    return `/v1/images/${this.image}/versions/${version}`;
  }

  /** Uploads all files, and releases them. */
  async release(version: string, release: DeltaRelease): Promise<Answer> {
    const metadata = readRealArchive('split');
    for (const bytes of [release.root, metadata, ...(release.delta ? [release.delta.bytes] : [])]) {
      await this.upload(bytes);
    }
    return this.writer.post(`${this.pathOf(version)}/release`, {
      artifacts: [artifactOf(release, metadata)],
    });
  }

  async upload(bytes: Buffer): Promise<void> {
    const { status } = await this.writer.send('PUT', `/v1/blobs/${digestOf(bytes)}`, { body: bytes });
    expect([200, 201]).toContain(status);
  }

  /** How the publish of a release ends that is taken. */
  async publish(version: string, release: DeltaRelease): Promise<PublishJob> {
    const answer = await this.release(version, release);
    expect([answer.status, answer.members]).toEqual([202, expect.anything()]);
    return this.ended(version);
  }

  /** What a version that is published has of itself. */
  async attachmentsOf(version: string): Promise<readonly ManifestAttachment[]> {
    const { members } = await this.writer.get(`/v1/images/${this.image}/refs/${version}`);
    return (members.artifacts as { attachments: readonly ManifestAttachment[] }[]).flatMap(
      ({ attachments }) => attachments,
    );
  }

  async ended(version: string): Promise<PublishJob> {
    return waitFor(
      async () => {
        const { json } = await this.writer.get(`${this.pathOf(version)}/publish-job`);
        const job = json as PublishJob;
        return ['succeeded', 'failed'].includes(job.state) ? job : undefined;
      },
      { timeoutMs: 20_000, what: `${this.pathOf(version)} to be published` },
    );
  }
}

export function attachmentOf(name: string, bytes: Buffer, base?: string) {
  return {
    name,
    media_type: 'application/octet-stream',
    blob_digest: digestOf(bytes),
    blob_size_bytes: bytes.length,
    ...(base === undefined ? {} : { base_version: base }),
  };
}

export function artifactOf(
  { root, format = 'squashfs', variant, delta, deltaFrom }: DeltaRelease,
  metadata: Buffer,
) {
  const name = format === 'squashfs' ? 'squashfs.vcdiff' : 'disk-kvm.img.vcdiff';
  return {
    operating_system: 'debian',
    architecture: 'x86_64',
    ...(variant === undefined ? {} : { variant }),
    ...(deltaFrom === undefined ? {} : { delta_from: deltaFrom }),
    format,
    primary_blob_digest: digestOf(root),
    primary_blob_size_bytes: root.length,
    primary_media_type: 'application/octet-stream',
    attachments: [
      attachmentOf('incus.tar.xz', metadata),
      ...(delta === undefined ? [] : [attachmentOf(delta.name ?? name, delta.bytes, delta.base)]),
    ],
  };
}

import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { PublisherClient } from '../fixtures/publisher-client.js';
import type { Answer, HttpClient } from '../support/http-client.js';

/** What the clients of a soak did and saw. */
export interface SoakTally {
  published: number;
  /** Of all uploads. */
  uploadedBytes: number;
  /** Releases that had to bring bytes again, because the collection was faster than they were. */
  broughtAgain: number;
  withdrawn: number;
  restored: number;
  downloads: number;
  downloadedBytes: number;
  /** Downloads of a version that was withdrawn meanwhile. */
  gone: number;
  /** What must never happen, in words. */
  readonly failures: string[];
}

interface PublishedVersion {
  readonly image: string;
  readonly version: string;
  readonly artifactId: string;
  readonly content: Buffer;
}

/** So few contents that versions share blobs, and upload what a collection is about to take. */
const SHARED_CONTENTS = Array.from({ length: 20 }, newContent);
const MOST_TRIES = 50;
/** What an image has published at once. */
const MOST_VERSIONS = 4;

/** Publishes, withdraws, restores and reads one image again and again, as a pipeline and its users would. */
export class SoakClient {
  private readonly versions: PublishedVersion[] = [];
  private next = 1;

  constructor(
    private readonly image: string,
    private readonly publisher: PublisherClient,
    private readonly admin: HttpClient,
    private readonly apis: readonly HttpClient[],
    private readonly tally: SoakTally,
  ) {}

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.publish();
        await this.read();
        if (randomInt(2) === 0) {
          await this.withdrawOldest();
        }
        while (this.versions.length > MOST_VERSIONS) {
          await this.withdrawOldest();
        }
        await this.read();
      } catch (error) {
        this.tally.failures.push(`${this.image}: ${String(error)}`);
      }
    }
  }

  /** Everything that is published now is read once more. */
  async readAll(): Promise<void> {
    for (const version of this.versions) {
      await this.download(version);
    }
  }

  private async publish(): Promise<void> {
    const version = `1.${this.next++}`;
    const path = `/v1/images/${this.image}/versions/${version}`;
    const [content, notes] = [anyContent(), anyContent()];
    for (let tries = 0; ; tries += 1) {
      const answer = await this.publisher.http.post(`${path}/release`, await this.releaseOf(content, notes));
      if (answer.status < 300) {
        break;
      }
      // With a grace of nothing a collection may take what no draft refers to yet. The answer says so.
      if (answer.members.type !== 'urn:imgsrv:problem:blobs-not-verified' || tries === MOST_TRIES) {
        throw new Error(`release of ${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
      }
      this.tally.broughtAgain += 1;
    }
    await this.waitUntilPublished(path);
    const { json } = await this.publisher.http.get(`${path}/artifacts`);
    const [artifact] = (json as { artifacts: readonly { id: string }[] }).artifacts;
    this.versions.push({ image: this.image, version, artifactId: artifact?.id ?? '', content });
    this.tally.published += 1;
  }

  private async releaseOf(content: Buffer, notes: Buffer): Promise<object> {
    this.tally.uploadedBytes += content.length + notes.length;
    const [root, attached] = [
      await this.publisher.uploadFile(content),
      await this.publisher.uploadFile(notes),
    ];
    return {
      artifacts: [
        {
          operating_system: 'tiny',
          architecture: 'amd64',
          format: 'raw',
          primary_blob_digest: root.digest,
          primary_blob_size_bytes: root.sizeBytes,
          primary_media_type: 'application/x-raw-disk-image',
          attachments: [
            {
              name: 'notes',
              media_type: 'text/plain',
              blob_digest: attached.digest,
              blob_size_bytes: attached.sizeBytes,
            },
          ],
        },
      ],
      aliases: ['latest'],
    };
  }

  private async waitUntilPublished(path: string): Promise<void> {
    for (;;) {
      const { json } = await this.publisher.http.get(`${path}/publish-job`);
      const job = json as { readonly state: string; readonly failure_message?: string };
      if (job.state === 'succeeded') {
        return;
      }
      if (job.state === 'failed' || job.state === 'canceled') {
        throw new Error(`the publish of ${path} ${job.state}: ${job.failure_message ?? ''}`);
      }
      await delay(20);
    }
  }

  private async read(): Promise<void> {
    const version = this.versions[randomInt(Math.max(1, this.versions.length))];
    if (version !== undefined) {
      await this.download(version);
    }
  }

  /** Either the right bytes, or the answer that the version is withdrawn: which, its manifest confirms. */
  private async download(version: PublishedVersion): Promise<void> {
    const path = `/v1/images/${version.image}/versions/${version.version}`;
    const api = this.apis[randomInt(this.apis.length)];
    const answer = await api?.get(`${path}/artifacts/${version.artifactId}/download`);
    if (answer?.status === 200) {
      this.tally.downloads += 1;
      this.tally.downloadedBytes += answer.bytes.length;
      if (!answer.bytes.equals(version.content)) {
        this.tally.failures.push(`wrong bytes of ${path}`);
      }
    } else if (answer?.status === 410 && (await api?.get(path))?.status === 410) {
      this.tally.gone += 1;
      this.versions.splice(this.versions.indexOf(version), 1);
    } else {
      this.tally.failures.push(`${path}: ${describe(answer)}`);
    }
  }

  private async withdrawOldest(): Promise<void> {
    const [oldest] = this.versions;
    if (oldest === undefined || this.versions.length < 2) {
      return;
    }
    const path = `/v1/images/${oldest.image}/versions/${oldest.version}/withdrawal`;
    const answer = await this.admin.post(path, { reason: 'soak' });
    // Retention may have been faster.
    if (answer.status >= 300 && answer.members.type !== 'urn:imgsrv:problem:version-withdrawn') {
      throw new Error(`${path}: ${describe(answer)}`);
    }
    this.versions.shift();
    this.tally.withdrawn += 1;
    if (randomInt(3) === 0) {
      const back = await this.admin.send('DELETE', path);
      if (back.status < 300) {
        this.versions.unshift(oldest);
        this.tally.restored += 1;
      }
    }
  }
}

/** Half of what is published nobody ever published before. */
function anyContent(): Buffer {
  const shared = SHARED_CONTENTS[randomInt(2 * SHARED_CONTENTS.length)];
  return shared ?? newContent();
}

function newContent(): Buffer {
  return Buffer.concat([Buffer.from('soak'), randomBytes(randomInt(20_000, 250_000))]);
}

function describe(answer: Answer | undefined): string {
  return `${String(answer?.status)} ${JSON.stringify(answer?.json)}`;
}

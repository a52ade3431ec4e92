import { HttpClient } from '../support/http-client.js';
import { digestOf, someBytes } from '../contract/upload-steps.js';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { PlainLoad } from './plain-load.js';
import { ResumingDownloader } from './resuming-downloader.js';
import { ResumingPublisher } from './resuming-publisher.js';
import { Tally } from './tally.js';

const MIB = 2 ** 20;
const PLAIN_PER_SECOND = 50;
const DOWNLOADERS = 10;
const PUBLISHERS = 5;
/** Slow enough to be under way for longer than an api that ends waits for them. */
const DOWNLOAD_BYTES = 48 * MIB;
const DOWNLOAD_BYTES_PER_SECOND = 2.5 * MIB;
const UPLOAD_BYTES_PER_SECOND = 0.4 * MIB;

/** Many clients at once: plain requests, long downloads, and uploads that end with a published version. */
export class Load {
  readonly tally = new Tally();
  /** May write content. */
  readonly client: HttpClient;
  private over = false;
  private readonly abandoned = new AbortController();
  private readonly running: Promise<void>[];
  private readonly plain: PlainLoad;

  private constructor(baseUrl: string, token: string, digest: string) {
    this.client = new HttpClient(baseUrl, token);
    const { signal } = this.abandoned;
    const isOver = (): boolean => this.over;
    const targets = { baseUrl, token, image: 'load', version: '1', digest };
    this.plain = new PlainLoad(targets, this.tally);
    this.plain.start(PLAIN_PER_SECOND);
    const download = {
      url: `${baseUrl}/v1/blobs/${digest}`,
      digest,
      sizeBytes: DOWNLOAD_BYTES,
      bytesPerSecond: DOWNLOAD_BYTES_PER_SECOND,
    };
    this.running = [
      ...Array.from(
        { length: DOWNLOADERS },
        () => new ResumingDownloader(download, this.tally, signal, isOver),
      ),
      ...Array.from(
        { length: PUBLISHERS },
        () => new ResumingPublisher(this.client, UPLOAD_BYTES_PER_SECOND, this.tally, signal, isOver),
      ),
    ].map((client) => client.run());
  }

  /** Publishes what there is to be read, then begins. */
  static async start(baseUrl: string, bootstrapToken: string): Promise<Load> {
    const publisher = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
    const bytes = Buffer.alloc(DOWNLOAD_BYTES, someBytes(1021));
    const blob = await publisher.uploadFile(bytes, { partSizeBytes: 16 * MIB });
    await publisher.createImage('load');
    await publisher.createVersion('load', '1');
    await publisher.addArtifact('load', '1', { format: 'raw', blob });
    await publisher.publish('load', '1');
    await publisher.setAlias('load', 'latest', '1');
    return new Load(baseUrl, publisher.token, digestOf(bytes));
  }

  /** For a run that failed: clients give up what they are at. */
  abandon(): void {
    this.abandoned.abort();
    this.running.forEach((client) => {
      client.catch(() => undefined);
    });
    void this.plain.stop();
  }

  /** Lets every client finish what it is at, as fast as it can. Rejects when one could not. */
  async stop(): Promise<void> {
    this.over = true;
    await this.plain.stop();
    await Promise.all(this.running);
  }
}

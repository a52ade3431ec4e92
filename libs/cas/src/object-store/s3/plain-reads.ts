import type { S3Client } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ByteRange } from '../object-store.js';
import { addressOfBucket, type BucketAddress, pathOfObject } from './bucket-address.js';
import type { PlainAnswer } from './plain-connection.js';
import { PlainConnections } from './plain-connections.js';
import type { S3StoreSettings, S3Timeouts } from './s3-settings.js';

interface ObjectGet {
  readonly key: string;
  readonly range: ByteRange | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * GETs of objects without the SDK, which takes ten times as long for each as signing it does. They are signed with the
 * keys and the clock of its client.
 */
export class PlainReads {
  readonly #signer: SignatureV4;
  readonly #connections: PlainConnections;

  private constructor(
    private readonly client: S3Client,
    private readonly address: BucketAddress,
    { useTls, region }: S3StoreSettings,
    { idleMs, ...waits }: PlainWaits,
  ) {
    const { host, port } = address;
    this.#connections = new PlainConnections(
      { host, port, ...(useTls ? { tls: {} } : {}), ...waits },
      idleMs,
    );
    this.#signer = new SignatureV4({
      service: 's3',
      region: region ?? 'us-east-1',
      sha256: client.config.sha256,
      credentials: () => client.config.credentials(),
      // S3 alone signs the path as it is sent.
      uriEscapePath: false,
    });
  }

  /** Undefined for a bucket that the SDK alone knows how to address. */
  static of(client: S3Client, settings: S3StoreSettings, waits: PlainWaits): PlainReads | undefined {
    const address = addressOfBucket(settings);
    return address && new PlainReads(client, address, settings, waits);
  }

  /** As `PlainConnection.get`. */
  async get({ key, range, signal }: ObjectGet): Promise<PlainAnswer | undefined> {
    const { host: hostname, authority: host } = this.address;
    const path = pathOfObject(this.address, key);
    const { headers } = await this.#signer.sign(
      {
        ...{ method: 'GET', protocol: 'http:', hostname, path },
        headers: { host, ...(range ? { range: `bytes=${range.start}-${range.end}` } : {}) },
      },
      { signingDate: new Date(Date.now() + this.client.config.systemClockOffset) },
    );
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return this.#connections.get({
      requestHead: `GET ${path} HTTP/1.1\r\n${lines.join('')}user-agent: imgsrv\r\n\r\n`,
      signal,
    });
  }

  close(): void {
    this.#connections.close();
  }
}

type PlainWaits = Pick<S3Timeouts, 'connectMs' | 'answerMs' | 'stallMs'> & {
  /** How long a connection is kept for the next GET. */
  readonly idleMs: number;
};

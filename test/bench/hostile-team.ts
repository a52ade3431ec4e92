import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { PublisherClient } from '../fixtures/publisher-client.js';
import type { UploadedBlob } from '../fixtures/upload-source.js';
import { HttpClient } from '../support/http-client.js';
import { someSquashfs } from './catalogue.js';

/** What the other team has that this one is after. */
export interface Prey {
  /** A blob of the other team that no published version refers to. */
  readonly secret: UploadedBlob;
  /** Files that the other team has published. */
  readonly publishedRoot: Buffer;
  readonly publishedMetadata: Buffer;
}

/** One attack, done once; it may reject, that is then a refusal. */
type Attack = () => Promise<unknown>;

export interface HostileFigures {
  /** Runs of each attack, by name. */
  readonly runs: Readonly<Record<string, number>>;
  /** Runs that the service refused or that broke off. */
  readonly refused: Readonly<Record<string, number>>;
  /** Reads of the secret that gave bytes. */
  readonly stolen: number;
}

const PATIENCE_MS = 30_000;
const IDLE_CONNECTIONS = 200;
const ENDLESS_SIZE = 0x9e;

/**
 * A team with a grant for its own images that does all it can against the others: every attack in turn, again and again
 * without a pause, in as many loops at once as it is told, until `signal` aborts.
 */
export class HostileTeam {
  private readonly runs: Record<string, number> = {};
  private readonly refused: Record<string, number> = {};
  private readonly sockets = new Set<Socket>();
  private readonly client: HttpClient;
  private stolen = 0;
  private images = 0;

  constructor(
    private readonly baseUrl: string,
    private readonly publisher: PublisherClient,
    private readonly prefix: string,
    private readonly prey: Prey,
  ) {
    this.client = new HttpClient(baseUrl, publisher.token);
  }

  async attackUntil(signal: AbortSignal, loops: number): Promise<HostileFigures> {
    setMaxListeners(0, signal);
    const attacks: Readonly<Record<string, Attack>> = {
      'claim bytes never brought': () => this.claimSecret(),
      'publish an endless archive': async () => this.publishMetadata(await endlessArchive()),
      'publish text that no database keeps': async () => this.publishMetadata(await poisonedArchive()),
      'publish a decompression bomb': async () => this.publishUnified(await bomb()),
      'queue many jobs': () => this.queueMany(),
      'label the bytes of the other team': () => this.relabel(),
      'send more than announced': () => this.sendTooMuch(),
      'guess tokens': () => this.guess(`imgsrv_at_${'0'.repeat(52)}`),
      'send a credential with NUL': () => this.guess(forgedJwt()),
      'hold connections': () => this.holdConnections(),
    };
    const inTurn = Object.entries(attacks);
    await Promise.all(Array.from({ length: loops }, (_, first) => this.repeat(inTurn, first, signal)));
    this.sockets.forEach((socket) => socket.destroy());
    return { runs: this.runs, refused: this.refused, stolen: this.stolen };
  }

  private async repeat(
    attacks: readonly (readonly [string, Attack])[],
    first: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (let turn = first; !signal.aborted; turn += 1) {
      const [name, attack] = attacks[turn % attacks.length] ?? ['', () => Promise.resolve()];
      this.runs[name] = (this.runs[name] ?? 0) + 1;
      try {
        await Promise.race([attack(), delay(PATIENCE_MS, undefined, { signal })]);
      } catch {
        this.refused[name] = (this.refused[name] ?? 0) + 1;
        await delay(20);
      }
    }
  }

  private async claimSecret(): Promise<void> {
    const { secret } = this.prey;
    await this.bring(randomBytes(secret.sizeBytes), secret).catch(() => undefined);
    const { status } = await this.client.get(`/v1/blobs/${secret.digest}`);
    if (status === 200) {
      this.stolen += 1;
    }
  }

  private async publishMetadata(metadata: Buffer): Promise<void> {
    const image = await this.newImage();
    const blob = await this.publisher.uploadFile(someSquashfs());
    const { id } = await this.publisher.addArtifact(image, '1.0', { format: 'squashfs', blob });
    const attachment = await this.publisher.uploadFile(metadata);
    await this.publisher.addAttachment(image, '1.0', id, { name: 'incus.tar.xz', blob: attachment });
    await this.publisher.call('POST', `/v1/images/${image}/versions/1.0/publish`);
  }

  private async publishUnified(archive: Buffer): Promise<void> {
    const image = await this.newImage();
    const blob = await this.publisher.uploadFile(archive);
    await this.publisher.addArtifact(image, '1.0', { format: 'incus.tar.gz', blob });
    await this.publisher.call('POST', `/v1/images/${image}/versions/1.0/publish`);
  }

  private async queueMany(): Promise<void> {
    await Promise.all(Array.from({ length: 8 }, () => this.publisher.uploadFile(randomBytes(64))));
  }

  private async relabel(): Promise<void> {
    const image = await this.newImage();
    const blob = await this.publisher.uploadFile(this.prey.publishedRoot);
    const architecture = 'riscv64';
    const { id } = await this.publisher.addArtifact(image, '1.0', {
      format: 'squashfs',
      blob,
      architecture,
      operatingSystem: 'stolen',
    });
    const metadata = await this.publisher.uploadFile(this.prey.publishedMetadata);
    await this.publisher.addAttachment(image, '1.0', id, { name: 'incus.tar.xz', blob: metadata });
    await this.publisher.publish(image, '1.0');
  }

  private async sendTooMuch(): Promise<void> {
    const bytes = randomBytes(2 ** 20);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    await this.bring(bytes, { digest, sizeBytes: 5 });
  }

  private async guess(credential: string): Promise<void> {
    await new HttpClient(this.baseUrl, credential).get('/v1/auth/whoami');
  }

  private async holdConnections(): Promise<void> {
    const { hostname, port } = new URL(this.baseUrl);
    while (this.sockets.size < IDLE_CONNECTIONS) {
      const socket = connect(Number(port), hostname);
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    }
    await delay(500);
  }

  private async bring(bytes: Buffer, announced: UploadedBlob): Promise<void> {
    const { id } = await this.publisher.call<{ id: string }>('POST', '/v1/uploads', {
      expected_digest: announced.digest,
      expected_size_bytes: announced.sizeBytes,
    });
    const { status, members } = await this.client.send('PUT', `/v1/uploads/${id}/parts/1`, { body: bytes });
    if (status !== 200) {
      throw new Error(`the part was refused with ${status}`);
    }
    await this.publisher.call('POST', `/v1/uploads/${id}/complete`, {
      parts: [{ number: 1, etag: members['etag'], size_bytes: bytes.length }],
    });
  }

  private async newImage(): Promise<string> {
    this.images += 1;
    const image = `${this.prefix}${this.images}-${randomUUID().slice(0, 8)}`;
    await this.publisher.createImage(image);
    await this.publisher.createVersion(image, '1.0');
    return image;
  }
}

/** What the attacks need of files, unlike every one before, so that no verdict on earlier bytes helps. */
async function tarOf(name: string, content: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name }, content);
  archive.entry({ name: 'templates/nonce' }, randomUUID());
  archive.finalize();
  return buffer(archive);
}

/** A member whose size field says far more than a number can hold, under a right checksum. */
function endlessArchive(): Promise<Buffer> {
  const header = Buffer.alloc(512);
  header.write(randomUUID(), 0);
  header.write('0000644\0', 100);
  header.fill(0xff, 124, 136);
  header[124] = ENDLESS_SIZE;
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return xz(header);
}

function poisonedArchive(): Promise<Buffer> {
  const yaml = `architecture: x86_64\ncreation_date: 1767225600\nproperties:\n  os: "\\ud800"\n  serial: "${randomUUID()}"\n`;
  const header = Buffer.alloc(512);
  header.write('metadata.yaml', 0);
  header.write('0000644\0', 100);
  header.write(`${yaml.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('0', 156);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const content = Buffer.alloc(Math.ceil(yaml.length / 512) * 512);
  content.write(yaml);
  return xz(Buffer.concat([header, content, Buffer.alloc(1024)]));
}

const BOMB_BYTES = 512 * 2 ** 20;
let zeros: Buffer | undefined;

/** Half a GiB of nothing, some hundred KiB long, in front of a metadata.yaml. */
async function bomb(): Promise<Buffer> {
  zeros ??= gzipSync(Buffer.alloc(BOMB_BYTES));
  const head = await tarOf('metadata.yaml.not', randomUUID());
  return Buffer.concat([gzipSync(head.subarray(0, 1024)), zeros]);
}

function xz(bytes: Buffer): Promise<Buffer> {
  const { stdin, stdout } = spawn('xz', ['-c', '-0'], { stdio: ['pipe', 'pipe', 'inherit'] });
  stdin.end(bytes);
  return buffer(stdout);
}

function forgedJwt(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [
    part({ alg: 'RS256', kid: 'x' }),
    part({ iss: 'https://issuer.example/\0', sub: 'x', aud: 'imgsrv', exp: 4_102_444_800 }),
    randomBytes(256).toString('base64url'),
  ].join('.');
}

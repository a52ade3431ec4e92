import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  BlobReader,
  BlobScrub,
  type Digest,
  hexOf,
  type ObjectStore,
  parseDigest,
  SCRUB_BLOBS,
  type ScrubBlobsPayload,
  type UploadSession,
  Uploads,
} from '@imgsrv/cas';
import { enqueueJob, type RunningJob } from '@imgsrv/jobs';
import { type Database, ImgsrvError, parseCommandLine } from '@imgsrv/platform';
import express, { type Request, type Response } from 'express';
import { pino } from 'pino';
import { Counter, Gauge } from 'prom-client';
import { BlobDownload } from '../../apps/api/src/downloads/blob-download.js';
import { DownloadSlots } from '../../apps/api/src/downloads/download-slots.js';
import { LimitMetrics } from '../../apps/api/src/metrics/limit-metrics.js';
import { sendProblem } from '../../apps/api/src/problem/send-problem.js';
import { HttpClient } from '../support/http-client.js';
import { runningJob } from './running-job.js';
import { ingest, sendWhole } from './upload-steps.js';

const DAY_MS = 24 * 3_600_000;

export interface ShelvedBlob {
  readonly digest: Digest;
  readonly bytes: Buffer;
}

export interface BlobRow {
  readonly state: string;
  readonly damage: string | null;
  readonly storage_key: string;
  readonly checked_at: Date;
  readonly tried_at: Date;
}

/** What one scrub told. */
export interface ScrubNotes {
  readonly sound: Digest[];
  readonly damaged: { readonly digest: Digest; readonly damage: string }[];
  readonly unreadable: Digest[];
  readonly differed: Digest[];
}

/** Blobs in a database and a store: uploaded, verified and scrubbed in this process, and downloaded over HTTP. */
export class BlobShelf {
  private readonly uploads: Uploads;
  private server: Server | undefined;

  constructor(
    readonly database: Database,
    readonly store: ObjectStore,
  ) {
    const limits = { ttlMs: DAY_MS, maxAgeMs: DAY_MS, maxSizeBytes: 2 ** 30, quota: {} };
    this.uploads = new Uploads(database, store, limits, { record: () => Promise.resolve() });
  }

  /** Serves every blob under its digest to anyone, as the api sends them. */
  async serve(): Promise<HttpClient> {
    const command = parseCommandLine('api', [], {});
    if (command.kind !== 'run') throw new Error('the flags start nothing');
    const parts = { config: command.config, logger: pino({ level: 'silent' }) };
    const slots = new DownloadSlots(command.config.shares, limitMetrics());
    const download = new BlobDownload(new BlobReader(this.database, this.store), slots, parts);
    const app = express();
    app.get('/:digest', async (request: Request, response: Response) => {
      const digest = parseDigest(String(request.params.digest));
      try {
        await download.send(request, response, { digest, contentType: 'x/y', fileName: 'z' });
      } catch (error) {
        sendProblem(request, response, error instanceof ImgsrvError ? error : undefined, 'test');
      }
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    this.server = server;
    await once(server, 'listening');
    return new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    this.server?.close();
    await this.store.close();
  }

  /** Forgets every blob, as a collection would. */
  async clear(): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx.rows(
        'INSERT INTO collection_candidates (digest, review_after) SELECT digest, now() FROM blobs ON CONFLICT DO NOTHING',
      );
      await tx.rows('DELETE FROM blobs');
    });
    await this.setTurns('1 hour');
  }

  /** As if nothing had been read by its turn for so long; `never`: nothing will be. */
  async setTurns(since: string): Promise<void> {
    await (since === 'never'
      ? this.database.rows('UPDATE scrub_pace SET owed_bytes = 1e30')
      : this.database.rows('UPDATE scrub_pace SET paid_at = now() - $1::interval, owed_bytes = 0', [since]));
  }

  /** Uploads and verifies bytes. */
  async bring(
    bytes: Buffer,
  ): Promise<ShelvedBlob & { readonly session: UploadSession; readonly isNew: boolean }> {
    const { digest } = shelved(bytes);
    const { session, isNew } = await this.uploads.begin({
      expectedDigest: digest,
      expectedSizeBytes: bytes.length,
      createdBy: randomUUID(),
    });
    if (!isNew) return { digest, bytes, session, isNew };
    await sendWhole(this.uploads, session, bytes);
    const settled = await ingest(this, session);
    if (settled?.state !== 'ready') throw new Error(`the upload is ${settled?.state ?? 'gone'}`);
    return { digest, bytes, session: settled, isNew };
  }

  /** A blob of random bytes. */
  bringSome(sizeBytes = 5000): Promise<ShelvedBlob> {
    return this.bring(randomBytes(sizeBytes));
  }

  /** Blobs of random bytes, as if `count` uploads of them had been verified. */
  async fill(count: number, sizeOf: (index: number) => number): Promise<ShelvedBlob[]> {
    const blobs = Array.from({ length: count }, (_, index) => shelved(randomBytes(sizeOf(index))));
    const keys = await inTurns(blobs, (blob) => this.put(blob));
    await this.database.rows(
      `INSERT INTO blobs (digest, size_bytes, storage_key, detected_format)
       SELECT digest, size_bytes, storage_key, 'unknown'
         FROM unnest($1::text[], $2::bigint[], $3::text[]) AS b (digest, size_bytes, storage_key)`,
      [blobs.map(({ digest }) => digest), blobs.map(({ bytes }) => bytes.length), keys],
    );
    return blobs;
  }

  /** Runs one scrub of a store that is read once in `periodMs`; the default allows all of it. */
  async scrub(
    options: {
      readonly payload?: ScrubBlobsPayload;
      readonly periodMs?: number;
      readonly through?: ObjectStore;
      readonly changes?: Partial<RunningJob<ScrubBlobsPayload>>;
    } = {},
  ): Promise<ScrubNotes> {
    const { payload = {}, periodMs = 1, through = this.store, changes } = options;
    const notes: ScrubNotes = { sound: [], damaged: [], unreadable: [], differed: [] };
    const observer = {
      sound: ({ digest }: ShelvedDigest) => void notes.sound.push(digest),
      damaged: ({ digest }: ShelvedDigest, damage: string) => void notes.damaged.push({ digest, damage }),
      unreadable: ({ digest }: ShelvedDigest) => void notes.unreadable.push(digest),
      readsDiffered: ({ digest }: ShelvedDigest) => void notes.differed.push(digest),
    };
    const id = await this.database.transaction((tx) =>
      enqueueJob(tx, SCRUB_BLOBS, payload, { singletonKey: randomUUID() }),
    );
    const job = { ...runningJob(this.database, id, payload), ...changes };
    await new BlobScrub(through, observer, periodMs).run(job);
    return notes;
  }

  /** Puts an object into the store and gives its key. */
  private async put({ digest, bytes }: ShelvedBlob): Promise<string> {
    const hex = hexOf(digest);
    const key = `blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}/${randomUUID()}`;
    const uploadId = await this.store.createMultipartUpload(key);
    const part = { key, uploadId, partNumber: 1, sizeBytes: bytes.length };
    const { etag } = await this.store.putPart(part, Readable.from([bytes]));
    await this.store.completeMultipartUpload(key, uploadId, [
      { partNumber: 1, etag, sizeBytes: bytes.length },
    ]);
    return key;
  }

  async row({ digest }: ShelvedDigest): Promise<BlobRow> {
    const [row] = await this.database.rows<BlobRow>(
      'SELECT state, damage, storage_key, checked_at, tried_at FROM blobs WHERE digest = $1',
      [digest],
    );
    if (row === undefined) throw new Error(`there is no blob ${digest}`);
    return row;
  }

  /** How many blobs are in which state. */
  async states(): Promise<Record<string, number>> {
    const rows = await this.database.rows<{ state: string; count: string }>(
      `SELECT concat_ws(' ', state, damage) AS state, count(*) FROM blobs GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  }

  /** As if everything had been for so much longer as it is. */
  async age(interval: string): Promise<void> {
    await this.database.rows(
      `UPDATE blobs SET tried_at = tried_at - $1::interval, checked_at = checked_at - $1::interval`,
      [interval],
    );
  }
}

function shelved(bytes: Buffer): ShelvedBlob {
  return { digest: parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`), bytes };
}

function limitMetrics(): LimitMetrics {
  const gauge = (name: string) => new Gauge({ name, help: name, registers: [] });
  const limits = new Counter({ name: 'limits', help: 'limits', labelNames: ['limit'], registers: [] });
  return new LimitMetrics(gauge('connections'), gauge('downloads'), limits);
}

interface ShelvedDigest {
  readonly digest: Digest;
}

/** Does something with each, a few at once. */
export async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = [...items.entries()];
  const lane = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  return results;
}

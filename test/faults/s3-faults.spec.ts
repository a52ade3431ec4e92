import { randomUUID } from 'node:crypto';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { expectProblem } from '../contract/problem.js';
import { digestOf, SMALLEST_PART_BYTES, someBytes } from '../contract/upload-steps.js';
import { describeWith } from '../fixtures/requirement.js';
import { s3ServiceOf } from '../support/s3-service.js';
import { waitFor } from '../support/wait-for.js';
import { abortDownloads } from './aborted-downloads.js';
import { InsistentClient } from './insistent-client.js';
import { countSockets } from './process-sockets.js';
import {
  type Fault,
  flippedAnswer,
  lateRefusal,
  refusal,
  resetAfter,
  resetBefore,
  type S3Call,
  S3FaultProxy,
  stalledAnswer,
  stalledRequest,
  truncatedAnswer,
  truncatedRequest,
} from './s3-fault-proxy.js';

/** `IMGSRV_TEST_ABORTED=10000 npx jest test/faults/s3-faults` gives up that many downloads. */
const ABORTED = Number(process.env.IMGSRV_TEST_ABORTED ?? '300');
/** `IMGSRV_TEST_STALLS=1` also waits, for a minute each, until the service gives up on a store that moves no byte. */
const itWithPatience: (name: string, test: () => Promise<void>) => void =
  process.env.IMGSRV_TEST_STALLS === undefined
    ? (name, test) => {
        it.skip(`${name} (takes a minute; run it with IMGSRV_TEST_STALLS=1)`, test);
      }
    : it;

/** What the client of S3 sends a call that may be repeated at most. */
const ATTEMPTS = 3;
/** A GET that is not answered with an object is sent once more over an ordinary connection, each time. */
const READ_ATTEMPTS = 2 * ATTEMPTS;
/** Connections to the store and the database that come and go with the work of the moment. */
const POOLED = 5;
const FLAGS = ['--cas-promotion-error-backoff', '50ms', '--cas-promotion-error-backoff-max', '200ms'];

type Plan = readonly [call: S3Call, fault: Fault, times?: number];

jest.setTimeout(300_000);

describeWith('s3', 'a service on an S3 service that misbehaves', () => {
  let proxy: S3FaultProxy;
  let service: ContractService;

  beforeAll(async () => {
    proxy = await S3FaultProxy.open(s3ServiceOf(process.env));
    service = await startContractService({ store: proxy.service, flags: FLAGS });
  });
  afterEach(() => {
    proxy.heal();
  });
  afterAll(async () => {
    await service.stop();
    await proxy.close();
  });

  function plan(plans: readonly Plan[]): void {
    for (const [call, fault, times] of plans) proxy.plan(call, fault, times);
  }

  /** They read too, and would take the faults that are planned for an api. */
  function freezeWorkers(): void {
    for (const worker of service.running.workers) worker.kill('SIGSTOP');
  }

  function thawWorkers(): void {
    for (const worker of service.running.workers) worker.kill('SIGCONT');
  }

  async function expectServed(digest: string, bytes: Buffer): Promise<void> {
    const answer = await service.writer.get(`/v1/blobs/${digest}`);
    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(bytes)).toBe(true);
  }

  describe('takes an upload all the same', () => {
    const slowDown = refusal(503, 'SlowDown');

    it.each<[string, readonly Plan[], number]>([
      ['begins when the store is too busy at first', [['create-upload', slowDown, ATTEMPTS - 1]], 0],
      ['begins when the store stays too busy', [['create-upload', slowDown, ATTEMPTS]], 1],
      ['begins when the connection is reset once it has begun', [['create-upload', resetAfter]], 0],
      ['sends a part to a store that is too busy', [['put-part', slowDown]], 1],
      ['sends a part over a connection that is reset', [['put-part', resetBefore]], 1],
      ['sends a part over a connection that ends in its middle', [['put-part', truncatedRequest]], 1],
      ['sends a part that is kept, but the connection is reset', [['put-part', resetAfter]], 1],
      [
        'sends a part that is kept, but the answer says 500',
        [['put-part', lateRefusal(500, 'InternalError')]],
        1,
      ],
      [
        'completes with an error inside a 200',
        [['complete', lateRefusal(200, 'InternalError'), ATTEMPTS]],
        0,
      ],
      ['completes and is told NoSuchUpload', [['complete', lateRefusal(404, 'NoSuchUpload')]], 0],
      ['completes over a connection that is reset afterwards', [['complete', resetAfter, ATTEMPTS]], 0],
      ['completes in vain, as the store is too busy', [['complete', slowDown, ATTEMPTS]], 1],
      [
        'completes in vain, with an error inside a 200',
        [['complete', refusal(200, 'InternalError'), ATTEMPTS]],
        1,
      ],
      [
        'completes, while the store shows that late',
        [
          ['complete', lateRefusal(500, 'InternalError'), ATTEMPTS],
          ['head', refusal(404, 'NotFound'), 3],
        ],
        0,
      ],
      ['is verified while the store shows it late', [['get', refusal(404, 'NoSuchKey'), 2]], 0],
      ['is verified by a store that is too busy', [['get', slowDown, ATTEMPTS]], 0],
      ['is verified over a connection that ends early', [['get', truncatedAnswer(100_000)]], 0],
      ['is verified although a bit flips on the way', [['get', flippedAnswer]], 0],
    ])('that %s', async (_what, plans, unavailable) => {
      const parts = [someBytes(SMALLEST_PART_BYTES), someBytes(1000)];
      plan(plans);
      const client = new InsistentClient(service.writer);
      const { session, digest } = await client.upload(parts);
      expect(session.state).toBe('ready');
      expect({ unavailable: client.unavailable, allHappened: proxy.isDone }).toEqual({
        unavailable,
        allHappened: true,
      });
      await expectServed(digest, Buffer.concat(parts));
    });

    itWithPatience('that sends a part to a store that takes none of it', async () => {
      plan([['put-part', stalledRequest]]);
      const client = new InsistentClient(service.writer);
      const { session } = await client.upload([someBytes(SMALLEST_PART_BYTES)]);
      expect(session.state).toBe('ready');
      expect(client.unavailable).toBe(1);
    });
  });

  it('never makes a blob of a part of which the store has something else', async () => {
    const bytes = someBytes(1000);
    plan([['get', flippedAnswer, 2]]);
    const { session, digest } = await new InsistentClient(service.writer).upload([bytes]);
    expect(session).toMatchObject({ state: 'failed', failure: { code: 'digest-mismatch' } });
    expect((await service.writer.get(`/v1/blobs/${digest}`)).status).toBe(404);
  });

  it('publishes when the store comes back', async () => {
    const { publisher } = service;
    const name = `image-${randomUUID()}`;
    const blob = await publisher.uploadFile(makeWholeQcow2());
    await publisher.createImage(name);
    await publisher.createVersion(name, '1');
    const { id } = await publisher.addArtifact(name, '1', { format: 'qcow2', blob });
    plan([
      ['get', refusal(503, 'SlowDown'), ATTEMPTS],
      ['get', resetBefore, ATTEMPTS],
      ['get', truncatedAnswer(1)],
    ]);
    await publisher.publish(name, '1');
    proxy.heal();
    const download = await service.anonymous.get(`/v1/images/${name}/versions/1/artifacts/${id}/download`);
    expect(digestOf(download.bytes)).toBe(blob.digest);
  });

  describe('serves a download', () => {
    /** Few enough for the api to hash every download. */
    const bytes = someBytes(200_000);
    let path: string;

    beforeAll(async () => {
      const { digest } = await service.publisher.uploadFile(bytes);
      path = `/v1/blobs/${digest}`;
      freezeWorkers();
    });
    afterAll(thawWorkers);
    afterEach(async () => {
      proxy.heal();
      await expectServed(digestOf(bytes), bytes);
    });

    it.each<[string, Fault, number]>([
      ['reset once', resetBefore, 1],
      ['reset twice', resetBefore, ATTEMPTS - 1],
      ['too busy at first', refusal(503, 'SlowDown'), ATTEMPTS - 1],
    ])('of a store that is %s, as if nothing had been', async (_what, fault, times) => {
      proxy.plan('get', fault, times);
      const answer = await service.writer.get(path);
      expect(answer.status).toBe(200);
      expect(answer.bytes.equals(bytes)).toBe(true);
      expect(proxy.count('get')).toBeGreaterThan(times);
    });

    it.each<[string, Fault]>([
      ['stays too busy', refusal(503, 'SlowDown')],
      ['fails', refusal(500, 'InternalError')],
      ['refuses the key', refusal(403, 'AccessDenied')],
      ['resets every connection', resetBefore],
    ])('of a store that %s with 503, after a bounded number of attempts', async (_what, fault) => {
      proxy.plan('get', fault, Infinity);
      const answer = await service.writer.get(path);
      expectProblem(answer, 503, 'dependency-unavailable');
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(proxy.count('get')).toBeLessThanOrEqual(READ_ATTEMPTS);
    });

    it.each<[string, Fault]>([
      ['ends early', truncatedAnswer(100_000)],
      ['has no body', truncatedAnswer(0)],
      ['has another bit', flippedAnswer],
    ])('of which the answer of the store %s, as one that broke off', async (_what, fault) => {
      proxy.plan('get', fault);
      await expect(service.writer.get(path)).rejects.toThrow();
    });

    it('that the store says it does not have with 503', async () => {
      proxy.plan('get', refusal(404, 'NoSuchKey'), 2);
      expectProblem(await service.writer.get(path), 503, 'object-missing');
    });

    itWithPatience('that falls silent as one that broke off', async () => {
      proxy.plan('get', stalledAnswer(100_000));
      await expect(service.writer.get(path)).rejects.toThrow();
    });
  });

  it('leaves no connection open after downloads that were given up', async () => {
    const { digest } = await service.publisher.uploadFile(someBytes(4 * 2 ** 20));
    const [api] = service.running.apis;
    const sockets = () => countSockets(api?.pid ?? 0);
    const url = `${service.writer.baseUrl}/v1/blobs/${digest}`;
    const before = await sockets();
    proxy.plan('get', stalledAnswer(200_000), ABORTED / 10);
    await abortDownloads(url, service.writer.token ?? '', ABORTED, 20);
    let left = 0;
    await waitFor(async () => (left = await sockets()) <= before + POOLED, {
      what: () => `the sockets of the api to be closed: ${left}, before ${before}`,
      timeoutMs: 30_000,
    });
    await expectServed(digest, (await service.writer.get(`/v1/blobs/${digest}`)).bytes);
  });

  it('removes what was collected as soon as the store lets it', async () => {
    const bytes = someBytes(1000);
    const { digest } = await service.publisher.uploadFile(bytes);
    const { manager } = service;
    const whoami = await service.writer.get('/v1/auth/whoami');
    const { id } = whoami.members.principal as { id: string };
    plan([
      ['delete', refusal(503, 'SlowDown'), ATTEMPTS],
      ['delete', resetAfter],
    ]);
    const role = await manager.put(`/v1/auth/principals/${id}/roles/storage-manager`);
    expect(role.status).toBe(204);
    expect((await service.writer.delete(`/v1/blobs/${digest}`)).status).toBeLessThan(300);
    await waitFor(async () => (await keysOf(digest)).length === 0, { what: 'the object to be removed' });
    expect(proxy.count('delete')).toBeGreaterThan(ATTEMPTS);
  });

  async function keysOf(digest: string): Promise<string[]> {
    const { endpoint, bucket, ...credentials } = s3ServiceOf(process.env);
    const client = new S3Client({
      endpoint: `http://${endpoint}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
    const hex = digest.slice('sha256:'.length);
    const Prefix = `blobs/sha256/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex}/`;
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
    client.destroy();
    return Contents.map(({ Key = '' }) => Key);
  }

  it('says 503 in a storm of failures, asks the store a bounded number of times, and goes on after it', async () => {
    const { digest } = await service.publisher.uploadFile(someBytes(1000));
    const announced = { expected_digest: digestOf(someBytes()), expected_size_bytes: 100 };
    freezeWorkers();
    proxy.heal();
    proxy.plan('any', refusal(500, 'InternalError'), Infinity);
    const calls = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? service.writer.get(`/v1/blobs/${digest}`)
        : service.writer.post('/v1/uploads', announced),
    );
    for (const answer of await Promise.all(calls)) {
      expectProblem(answer, 503, 'dependency-unavailable');
      expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
    }
    expect(proxy.count('create-upload')).toBeLessThanOrEqual(10 * ATTEMPTS);
    expect(proxy.count('get')).toBeLessThanOrEqual(10 * READ_ATTEMPTS);
    proxy.heal();
    thawWorkers();
    await waitFor(async () => (await service.anonymous.get('/readyz')).status === 204);
    await service.publisher.uploadFile(someBytes(1000));
  });
});

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { describeWith } from '../../../../../test/fixtures/requirement.js';
import { s3ServiceOf } from '../../../../../test/support/s3-service.js';
import { enforcesSignedDigest } from './signed-digest-probe.js';

const KEYS = { accessKeyId: 'key', secretAccessKey: 'secret' };

type Bodies = Map<string, Buffer>;
/** The status of the answer to a PUT. */
type Take = (path: string, body: Buffer, announcedHex: string, bodies: Bodies) => number;

const keep: Take = (path, body, _announced, bodies) => {
  bodies.set(path, body);
  return 200;
};
const isOther = (body: Buffer) => body.toString() !== 'what was signed';

describe('the probe of signed digests', () => {
  const closing: (() => Promise<void>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  /** A store of one bucket that takes and refuses bodies as it is told. */
  async function storeThat(take: Take): Promise<{ bodies: Bodies; probe: () => Promise<boolean> }> {
    const bodies: Bodies = new Map();
    const server = http.createServer((request, response) => {
      const path = request.url?.split('?')[0] ?? '';
      void request.toArray().then((chunks: Buffer[]) => {
        const announced = String(request.headers['x-amz-content-sha256']);
        if (request.method === 'PUT') {
          response.writeHead(take(path, Buffer.concat(chunks), announced, bodies)).end();
        } else if (request.method === 'DELETE') {
          bodies.delete(path);
          response.writeHead(204).end();
        } else {
          response.writeHead(bodies.has(path) ? 200 : 404).end();
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
    const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { endpoint, bucket: 'bucket', useTls: false, pathStyle: true, ...KEYS };
    return { bodies, probe: () => enforcesSignedDigest(settings, { callMs: 5000 }) };
  }

  it.each<[string, Take, boolean]>([
    ['takes any body', keep, false],
    [
      'refuses the other body',
      (path, body, announced, bodies) => (isOther(body) ? 400 : keep(path, body, announced, bodies)),
      true,
    ],
    [
      'refuses the other body and keeps it all the same',
      (path, body, announced, bodies) => {
        keep(path, body, announced, bodies);
        return isOther(body) ? 400 : 200;
      },
      false,
    ],
  ])('tells of a store that %s', async (_what, take, expected) => {
    const { bodies, probe } = await storeThat(take);
    expect(await probe()).toBe(expected);
    expect([...bodies.keys()]).toEqual([]);
  });

  it('announces the digest of one body for both', async () => {
    const announcements: string[] = [];
    const sent: string[] = [];
    const { probe } = await storeThat((_path, body, announced) => {
      announcements.push(announced);
      sent.push(body.toString());
      return 200;
    });
    await probe();
    expect(new Set(sent).size).toBe(2);
    expect(new Set(announcements).size).toBe(1);
    expect(announcements[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Take]>([
    ['refuses every body', () => 403],
    ['fails at every body', () => 500],
    ['fails at the other body', (_path, body) => (isOther(body) ? 503 : 200)],
  ])('says nothing of a store that %s', async (_what, take) => {
    const { probe } = await storeThat(take);
    await expect(probe()).rejects.toBeInstanceOf(DependencyUnavailableError);
  });
});

describeWith('s3', 'the probe of signed digests on a real service', () => {
  it('finds that it refuses, and leaves nothing there', async () => {
    const { endpoint, bucket, ...credentials } = s3ServiceOf(process.env);
    const settings = { endpoint, bucket, useTls: false, pathStyle: true, ...credentials };
    expect(await enforcesSignedDigest(settings)).toBe(true);
    const client = new S3Client({
      endpoint: `http://${endpoint}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
    const { KeyCount } = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'probes/signed-digest/' }),
    );
    client.destroy();
    expect(KeyCount).toBe(0);
  });
});

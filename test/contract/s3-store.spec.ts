import { createHash, randomBytes } from 'node:crypto';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { executeSql } from '../support/execute-sql.js';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { getUrl, type HttpClient } from '../support/http-client.js';

const MIB = 2 ** 20;

/** The whole service on a real S3 service; what a store must do is the contract suite's, beside the drivers. */
describeWith('s3', 'a service on an S3 bucket', () => {
  let service: RunningService;
  let publisher: PublisherClient;
  let client: HttpClient;

  beforeAll(async () => {
    service = await startService({ store: 's3', apis: 2 });
    publisher = await PublisherClient.enroll({ baseUrl: service.baseUrl }, service.bootstrapToken);
    client = publisher.http;
  });
  afterAll(() => service.stop());

  it('publishes what was uploaded in parts, and serves it whole and in ranges', async () => {
    const disk = randomBytes(11 * MIB + 7);
    const blob = await publisher.uploadFile(disk, { partSizeBytes: 5 * MIB });
    await publisher.createImage('s3-disk');
    await publisher.createVersion('s3-disk', '1');
    const { id } = await publisher.addArtifact('s3-disk', '1', { format: 'raw', blob });
    await publisher.publish('s3-disk', '1');
    const url = `${service.baseUrl}/v1/images/s3-disk/versions/1/artifacts/${id}/download`;

    const whole = await getUrl(url);
    expect(whole.status).toBe(200);
    expect(whole.bytes.equals(disk)).toBe(true);
    const from = 5 * MIB - 3;
    const part = await getUrl(url, { range: `bytes=${from}-${from + 9}` });
    expect(part.status).toBe(206);
    expect(part.bytes.equals(disk.subarray(from, from + 10))).toBe(true);
  });

  it('keeps one blob of bytes that were sent twice at once', async () => {
    const bytes = randomBytes(MIB);
    const [one, other] = await Promise.all([publisher.uploadFile(bytes), publisher.uploadFile(bytes)]);
    expect(one).toEqual(other);
    const answer = await client.get(`/v1/blobs/${one.digest}`);
    expect(answer.bytes.equals(bytes)).toBe(true);
  });

  it('takes an empty blob', async () => {
    const { digest } = await publisher.uploadFile(Buffer.alloc(0));
    const answer = await client.get(`/v1/blobs/${digest}`);
    expect(answer).toMatchObject({ status: 200, bytes: Buffer.alloc(0) });
  });

  it('takes a blob in one request, and not one of another digest', async () => {
    const bytes = randomBytes(6 * MIB);
    const digestOf = (some: Buffer) => `sha256:${createHash('sha256').update(some).digest('hex')}`;
    const path = `/v1/blobs/${digestOf(bytes)}`;
    expect((await client.send('PUT', path, { body: randomBytes(6 * MIB) })).members).toMatchObject({
      type: 'urn:imgsrv:problem:digest-mismatch',
    });
    expect((await client.head(path)).status).toBe(404);
    expect((await client.send('PUT', path, { body: bytes })).status).toBe(201);
    expect((await client.get(path)).bytes.equals(bytes)).toBe(true);
    const empty = `/v1/blobs/${digestOf(Buffer.alloc(0))}`;
    expect([200, 201]).toContain((await client.send('PUT', empty, { body: Buffer.alloc(0) })).status);
  });

  it('refuses bytes that are not the announced ones, and removes them', async () => {
    const expectedDigest = `sha256:${createHash('sha256').update('what was announced').digest('hex')}`;
    const { id } = await publisher.call<{ id: string }>('POST', '/v1/uploads', {
      expected_digest: expectedDigest,
      expected_size_bytes: 5,
    });
    const sent = await client.send('PUT', `/v1/uploads/${id}/parts/1`, { body: Buffer.from('wrong') });
    const { etag } = sent.json as { etag: string };
    await publisher.call('POST', `/v1/uploads/${id}/complete`, {
      parts: [{ number: 1, etag, size_bytes: 5 }],
    });
    const session = await waitFor(
      async () => {
        const latest = await publisher.call<{ state: string; failure?: { code: string } }>(
          'GET',
          `/v1/uploads/${id}`,
        );
        return latest.state === 'failed' ? latest : undefined;
      },
      { what: 'the upload to be refused' },
    );
    expect(session.failure?.code).toBe('digest-mismatch');
    await waitForDiscard(expectedDigest);
    expect((await client.get(`/v1/blobs/${expectedDigest}`)).status).toBe(404);
  });

  /** The generation that was uploaded for the digest was removed from the bucket. */
  async function waitForDiscard(digest: string): Promise<void> {
    const sql = `SELECT FROM jobs WHERE kind = 'discard_object' AND state = 'succeeded'
      AND payload->>'storageKey' LIKE '%' || $1 || '%'`;
    const removed = () => executeSql(service.databaseUrl, sql, [digest.replace('sha256:', '')]);
    await waitFor(async () => (await removed()).length === 1, { what: 'the refused object to be removed' });
  }
});

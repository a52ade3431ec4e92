import { randomBytes } from 'node:crypto';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { describeWith } from '../fixtures/requirement.js';
import { freePort } from '../support/free-port.js';
import { type RunningService, startService } from '../support/service.js';
import { ServiceProcess } from '../support/service-process.js';
import { setProxyVariables, Tinyproxy } from '../support/tinyproxy.js';

jest.setTimeout(120_000);

describeWith(['s3', 'tinyproxy'], 'an S3 service behind a proxy', () => {
  let proxy: Tinyproxy;
  let restore: () => void = () => undefined;
  let service: RunningService | undefined;

  beforeAll(async () => {
    proxy = await Tinyproxy.start();
  });
  afterEach(async () => {
    restore();
    await service?.stop();
    service = undefined;
  });
  afterAll(() => proxy.stop());

  /** Through both processes, and back through the api. */
  async function expectTransfers(running: RunningService): Promise<PublisherClient> {
    const publisher = await PublisherClient.enroll({ baseUrl: running.baseUrl }, running.bootstrapToken);
    const bytes = randomBytes(6 * 2 ** 20);
    const { digest } = await publisher.uploadFile(bytes, { partSizeBytes: 5 * 2 ** 20 });
    const answer = await publisher.http.get(`/v1/blobs/${digest}`);
    expect(answer.status).toBe(200);
    expect(answer.bytes.equals(bytes)).toBe(true);
    return publisher;
  }

  it.each(['http_proxy', 'HTTP_PROXY'])('is written and read through %s', async (name) => {
    restore = setProxyVariables({ [name]: proxy.url });
    service = await startService({ store: 's3' });
    proxy.takeTargets();
    const publisher = await expectTransfers(service);
    const targets = new Set(proxy.takeTargets());
    expect([...targets]).toEqual([process.env.IMGSRV_TEST_S3_ENDPOINT]);

    // What the proxy says is no answer of the store: nothing is missing.
    await proxy.stop();
    const gone = await publisher.http.get(`/v1/blobs/sha256:${'0'.repeat(64)}`);
    expect(gone.status).toBe(404);
    const started = await publisher.http.send('POST', '/v1/uploads', {
      body: JSON.stringify({ expected_digest: `sha256:${'1'.repeat(64)}`, expected_size_bytes: 1 }),
      headers: { 'content-type': 'application/json' },
    });
    expect(started.status).toBe(503);
    proxy = await Tinyproxy.start();
  });

  it('is asked directly when no_proxy names its network', async () => {
    restore = setProxyVariables({
      http_proxy: `http://127.0.0.1:${await freePort()}`,
      no_proxy: '127.0.0.0/8',
    });
    service = await startService({ store: 's3' });
    await expectTransfers(service);
  });

  it.each(['proxy.example:3128', 'socks5://proxy.example:1080', 'http://'])(
    'is not looked for through %s: the start says what a proxy is, and shows no password',
    async (value) => {
      restore = setProxyVariables({ HTTPS_PROXY: value.replace('://', '://user:secret@') });
      const process = ServiceProcess.spawn('api', [], {});
      expect((await process.exited).code).toBe(2);
      expect(process.stderr).toContain(
        'HTTPS_PROXY must be the URL of a proxy, such as http://proxy.example:3128.',
      );
      expect(process.stderr).not.toContain('secret');
    },
  );
});

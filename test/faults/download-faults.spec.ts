import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { rename, truncate } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { dirname } from 'node:path';
import { type ContractService, startContractService } from '../contract/contract-service.js';
import { expectProblem } from '../contract/problem.js';
import { HttpClient } from '../support/http-client.js';
import { TestConnection } from '../support/test-connection.js';
import {
  begin,
  complete,
  digestOf,
  sendPart,
  settled,
  SMALLEST_PART_BYTES,
  someBytes,
  upload,
} from '../contract/upload-steps.js';
import { waitFor } from '../support/wait-for.js';
import { fileOfSize } from './store-files.js';

/** More than sockets and streams between service and client hold, so that a download cannot end unread. */
const LARGE_BYTES = 64 * 2 ** 20;
const LOST = 'urn:imgsrv:problem:blob-damaged';

jest.setTimeout(60_000);

describe('a download', () => {
  let service: ContractService;

  beforeAll(async () => {
    service = await startContractService();
  });
  afterAll(() => service.stop());

  /** Opens a download and takes nothing of its body yet. */
  async function open(client: HttpClient, digest: string, headers: Record<string, string> = {}) {
    const outgoing = request(`${client.baseUrl}/v1/blobs/${digest}`, {
      headers: { authorization: `Bearer ${client.token ?? ''}`, ...headers },
      agent: false,
    });
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    return incoming;
  }

  async function digestOfRest(incoming: IncomingMessage): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      hash.update(chunk);
    }
    return `sha256:${hash.digest('hex')}`;
  }

  it('in flight is finished by an api that was told to end, which serves nobody else', async () => {
    const bytes = Buffer.alloc(LARGE_BYTES, someBytes(1021));
    await upload(service.writer, bytes);
    const api = await service.running.startApi();
    const client = new HttpClient(api.url, service.writer.token);
    const incoming = await open(client, digestOf(bytes));
    expect(incoming.statusCode).toBe(200);
    api.kill('SIGTERM');
    await waitFor(
      () =>
        client.get('/healthz').then(
          () => false,
          () => true,
        ),
      { what: 'the api to accept no more connections' },
    );
    expect(api.isRunning).toBe(true);
    expect(await digestOfRest(incoming)).toBe(digestOf(bytes));
    expect(await api.exited).toEqual({ code: 0, signal: null });
  });

  it('of bytes that somebody removed is 503 in words, and works again once they are restored', async () => {
    const bytes = someBytes(5000);
    await upload(service.writer, bytes);
    const digest = digestOf(bytes);
    const folder = dirname(await fileOfSize(service.running.storageDir, digest, bytes.length));
    await rename(folder, `${folder}-away`);
    const answer = await service.writer.get(`/v1/blobs/${digest}`);
    const { detail } = expectProblem(answer, 503, 'object-missing');
    expect(detail).toContain('restore');
    expect(answer.headers).toMatchObject({ 'retry-after': expect.any(String) as string });
    expect(service.running.apis[0]?.stderr).toContain('the bytes of a blob are missing in the object store');
    await waitFor(async () => (await service.writer.get(`/v1/blobs/${digest}`)).members.type === LOST, {
      what: 'a worker to find the bytes gone',
    });
    await rename(`${folder}-away`, folder);
    const connection = await TestConnection.open(service.running.databaseUrl);
    await connection.rows(`UPDATE blobs SET tried_at = tried_at - interval '2 minutes' WHERE digest = $1`, [
      digest,
    ]);
    await connection.close();
    await waitFor(async () => (await service.writer.get(`/v1/blobs/${digest}`)).bytes.equals(bytes), {
      what: 'a worker to find the bytes again',
    });
  });

  it('that is never read does not keep an api from ending', async () => {
    const bytes = Buffer.alloc(LARGE_BYTES, someBytes(1021));
    await upload(service.writer, bytes);
    const api = await service.running.startApi(['--shutdown-timeout', '300ms']);
    const incoming = await open(new HttpClient(api.url, service.writer.token), digestOf(bytes));
    const broken = once(incoming, 'error');
    api.kill('SIGTERM');
    expect(await api.exited).toEqual({ code: 0, signal: null });
    await expect(digestOfRest(incoming)).rejects.toThrow('aborted');
    await broken;
  });

  describe('of an object that lost bytes', () => {
    /** Two parts in the store, of which nobody has read anything. */
    async function uploadTwoParts(): Promise<{ digest: string; sizeBytes: number; partFiles: string[] }> {
      const parts = [someBytes(SMALLEST_PART_BYTES + 17), someBytes(SMALLEST_PART_BYTES + 4711)];
      const bytes = Buffer.concat(parts);
      const { id } = await begin(service.writer, bytes);
      const sent = [];
      for (const [index, part] of parts.entries()) {
        sent.push(await sendPart(service.writer, id, index + 1, part));
      }
      await complete(service.writer, id, sent);
      expect(await settled(service.writer, id)).toMatchObject({ state: 'ready' });
      const partFiles = [];
      for (const part of parts) {
        partFiles.push(await fileOfSize(service.running.storageDir, digestOf(bytes), part.length));
      }
      return { digest: digestOf(bytes), sizeBytes: bytes.length, partFiles };
    }

    /** A problem before the first byte, or a broken connection; never what a client could take for the whole. */
    async function expectNotComplete(digest: string, headers: Record<string, string> = {}): Promise<void> {
      const answer = await service.writer.get(`/v1/blobs/${digest}`, headers).catch(() => 'broken');
      if (answer !== 'broken') {
        expect(answer).toMatchObject({
          status: 503,
          json: { type: expect.stringMatching(/:(dependency-unavailable|blob-damaged)$/) as string },
        });
      }
    }

    it.each([
      { which: 'the first part', index: 0, leftBytes: 100 },
      { which: 'the second part', index: 1, leftBytes: 100 },
      { which: 'one byte of the last part', index: 1, leftBytes: SMALLEST_PART_BYTES + 4710 },
      { which: 'all of the last part', index: 1, leftBytes: 0 },
    ])('never looks complete: $which', async ({ index, leftBytes }) => {
      const { digest, sizeBytes, partFiles } = await uploadTwoParts();
      await truncate(partFiles[index] ?? '', leftBytes);
      await expectNotComplete(digest);
      await expectNotComplete(digest, { range: `bytes=${SMALLEST_PART_BYTES + 10}-` });
      await expectNotComplete(digest, { range: `bytes=0-${sizeBytes - 1}` });
      expect((await service.writer.get('/readyz')).status).toBe(204);
    });

    it('breaks although the headers were sent before the bytes went', async () => {
      const bytes = Buffer.alloc(LARGE_BYTES, someBytes(1021));
      await upload(service.writer, bytes);
      const file = await fileOfSize(service.running.storageDir, digestOf(bytes), LARGE_BYTES);
      const incoming = await open(service.writer, digestOf(bytes));
      expect(incoming.statusCode).toBe(200);
      await truncate(file, LARGE_BYTES / 2);
      await expect(digestOfRest(incoming)).rejects.toThrow('aborted');
    });
  });
});

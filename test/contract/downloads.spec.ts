import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import type { HttpClient } from '../support/http-client.js';
import { expectProblem, withoutInstance } from './problem.js';
import { type PublishedVersion, publishVersion } from './published-version.js';
import { RawConnection } from './raw-connection.js';
import {
  begin,
  complete,
  digestOf,
  openFilesUnder,
  sendPart,
  settled,
  SMALLEST_PART_BYTES,
  someBytes,
  upload,
} from './upload-steps.js';

let service: ContractService;
let anonymous: HttpClient;
let writer: HttpClient;
let published: PublishedVersion;
let blobPath: string;
let etag: string;

beforeAll(async () => {
  service = await startContractService();
  ({ anonymous, writer } = service);
  published = await publishVersion(service);
  blobPath = `/v1/blobs/${published.artifact.digest}`;
  etag = `"${published.artifact.digest}"`;
}, 60_000);

afterAll(() => service.stop(), 60_000);

function openFiles(): Promise<number> {
  const [api] = service.running.apis;
  return openFilesUnder(service.running.storageDir, api?.pid ?? 0);
}

/** The header fields of a whole download of these bytes. */
function downloadHeaders(bytes: Buffer, contentType: string, fileName: string) {
  const hex = digestOf(bytes).slice('sha256:'.length);
  return {
    'accept-ranges': 'bytes',
    'access-control-allow-origin': '*',
    'access-control-expose-headers': expect.stringContaining('Content-Range') as string,
    'cache-control': 'public, max-age=31536000, immutable',
    connection: 'close',
    'content-disposition': `attachment; filename="${fileName}"`,
    'content-length': String(bytes.length),
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'content-type': contentType,
    date: expect.any(String) as string,
    etag: `"sha256:${hex}"`,
    'last-modified': expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/) as string,
    'referrer-policy': 'no-referrer',
    'repr-digest': `sha-256=:${Buffer.from(hex, 'hex').toString('base64')}:`,
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.any(String) as string,
  };
}

describe('a download', () => {
  it('of a blob has exactly these header fields and bytes', async () => {
    const { artifactBytes, artifact } = published;
    const headers = downloadHeaders(artifactBytes, 'application/octet-stream', artifact.digest.slice(7));
    const got = await anonymous.get(blobPath);
    expect(got).toMatchObject({ status: 200, headers });
    expect(Object.keys(got.headers).sort()).toEqual(Object.keys(headers).sort());
    expect(got.bytes.equals(artifactBytes)).toBe(true);
    const headed = await anonymous.head(blobPath);
    expect(headed).toMatchObject({ status: 200, headers });
    expect(Object.keys(headed.headers).sort()).toEqual(Object.keys(headers).sort());
    expect(headed.bytes).toHaveLength(0);
  });

  it('of an artifact and of an attachment has the declared media type', async () => {
    const { artifactBytes, artifactPath, attachmentBytes, attachmentPath, image } = published;
    const artifact = await anonymous.get(artifactPath);
    expect(artifact.headers['content-type']).toBe('application/x-raw-disk-image');
    expect(artifact.headers['content-disposition']).toMatch(
      new RegExp(`^attachment; filename="${image}-1\\.0-[A-Za-z0-9._+-]+"$`),
    );
    expect(artifact.bytes.equals(artifactBytes)).toBe(true);
    const attachment = await anonymous.get(attachmentPath);
    expect(attachment.headers).toEqual(downloadHeaders(attachmentBytes, 'text/html', 'read-me.txt'));
    expect(attachment.bytes.equals(attachmentBytes)).toBe(true);
    for (const path of [artifactPath, attachmentPath]) {
      const [got, headed] = [await anonymous.get(path), await anonymous.head(path)];
      expect({ ...headed.headers, date: '', 'x-request-id': '' }).toEqual({
        ...got.headers,
        date: '',
        'x-request-id': '',
      });
    }
  });

  it('of no bytes is complete', async () => {
    const answer = await anonymous.get(published.emptyPath);
    expect(answer.headers).toEqual(downloadHeaders(Buffer.alloc(0), 'text/plain', 'empty'));
    for (const range of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) {
      const unsatisfiable = await anonymous.get(published.emptyPath, { range });
      expectProblem(unsatisfiable, 416, 'range-not-satisfiable');
      expect(unsatisfiable.headers['content-range']).toBe('bytes */0');
    }
  });
});

describe('a range of 5000 bytes:', () => {
  it.each<[string, number, number]>([
    ['bytes=0-0', 0, 0],
    ['bytes=0-4999', 0, 4999],
    ['bytes=4999-', 4999, 4999],
    ['bytes=4999-99999999999999999999999', 4999, 4999],
    ['bytes=100-199', 100, 199],
    ['bytes=100-', 100, 4999],
    ['bytes=-1', 4999, 4999],
    ['bytes=-5000', 0, 4999],
    ['bytes=-99999999999999999999', 0, 4999],
    ['BYTES=1-2', 1, 2],
    ['bytes= 1-2', 1, 2],
  ])('%s is a 206', async (range, start, end) => {
    const answer = await anonymous.get(blobPath, { range });
    const headers = {
      ...downloadHeaders(
        published.artifactBytes,
        'application/octet-stream',
        published.artifact.digest.slice(7),
      ),
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/5000`,
    };
    expect(answer).toMatchObject({ status: 206, headers });
    expect(answer.bytes.equals(published.artifactBytes.subarray(start, end + 1))).toBe(true);
    expect((await anonymous.head(blobPath, { range })).headers).toMatchObject({ 'content-length': '5000' });
  });

  it.each(['bytes=5000-', 'bytes=5000-5001', 'bytes=-0', 'bytes=99999999999999999999-'])(
    '%s is a 416',
    async (range) => {
      const answer = await anonymous.get(blobPath, { range });
      expectProblem(answer, 416, 'range-not-satisfiable');
      expect(answer.headers['content-range']).toBe('bytes */5000');
      expect(answer.headers).not.toHaveProperty('etag');
      expect((await anonymous.head(blobPath, { range })).status).toBe(200);
    },
  );

  it.each([
    '',
    'bytes',
    'bytes=',
    'bytes=-',
    'bytes=x-y',
    'bytes=2-1',
    'bytes=1',
    'bytes=1.5-2',
    'bytes=+1-2',
    'bytes=0x1-0x2',
    'bytes=1-2,x',
    'bytes=0-0,2-2',
    'bytes=0-1, -1',
    'bytes=0-,1-,2-',
    'bytes=5000-,6000-',
    'bytes 0-1',
    'items=0-1',
    'seconds=0-1',
  ])('%j is ignored', async (range) => {
    const answer = await anonymous.get(blobPath, { range });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '5000' } });
    expect(answer.headers).not.toHaveProperty('content-range');
  });

  it('is served only while If-Range holds', async () => {
    const lastModified = (await anonymous.head(blobPath)).headers['last-modified'] ?? '';
    const before = new Date(Date.parse(lastModified) - 1000).toUTCString();
    for (const [ifRange, status] of [
      [etag, 206],
      [lastModified, 206],
      [`W/${etag}`, 200],
      ['"sha256:other"', 200],
      [before, 200],
      ['nonsense', 200],
    ] as const) {
      const answer = await anonymous.get(blobPath, { range: 'bytes=0-0', 'if-range': ifRange });
      expect({ ifRange, status: answer.status }).toEqual({ ifRange, status });
    }
  });

  it('over the border of two parts is whole', async () => {
    const bytes = someBytes(SMALLEST_PART_BYTES + 1000);
    const { id } = await begin(writer, bytes);
    const parts = [
      await sendPart(writer, id, 1, bytes.subarray(0, SMALLEST_PART_BYTES)),
      await sendPart(writer, id, 2, bytes.subarray(SMALLEST_PART_BYTES)),
    ];
    await complete(writer, id, parts);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
    const [start, end] = [SMALLEST_PART_BYTES - 10, SMALLEST_PART_BYTES + 9];
    const answer = await writer.get(`/v1/blobs/${digestOf(bytes)}`, { range: `bytes=${start}-${end}` });
    expect(answer.bytes.equals(bytes.subarray(start, end + 1))).toBe(true);
  });
});

describe('a condition', () => {
  const at = (offsetMs: number) => async () => {
    const lastModified = (await anonymous.head(blobPath)).headers['last-modified'] ?? '';
    return new Date(Date.parse(lastModified) + offsetMs).toUTCString();
  };

  it.each<[string, () => Promise<string> | string, number]>([
    ['if-none-match', () => etag, 304],
    ['if-none-match', () => `W/${etag}`, 304],
    ['if-none-match', () => '*', 304],
    ['if-none-match', () => `"other", ${etag}`, 304],
    ['if-none-match', () => '"other"', 200],
    ['if-none-match', () => published.artifact.digest, 200],
    ['if-match', () => etag, 200],
    ['if-match', () => '*', 200],
    ['if-match', () => `"other", ${etag}`, 200],
    ['if-match', () => `W/${etag}`, 412],
    ['if-match', () => '"other"', 412],
    ['if-modified-since', at(0), 304],
    ['if-modified-since', at(1000), 304],
    ['if-modified-since', at(-1000), 200],
    ['if-modified-since', () => 'yesterday', 200],
    ['if-unmodified-since', at(0), 200],
    ['if-unmodified-since', at(-1000), 412],
    ['if-unmodified-since', () => 'yesterday', 200],
  ])('%s is kept, case %#', async (name, value, status) => {
    const headers = { [name]: await value() };
    const [got, headed] = [await anonymous.get(blobPath, headers), await anonymous.head(blobPath, headers)];
    expect([got.status, headed.status]).toEqual([status, status]);
    if (status === 304) {
      expect(got.bytes).toHaveLength(0);
      expect(got.headers).toMatchObject({
        etag,
        'cache-control': 'public, max-age=31536000, immutable',
        'last-modified': expect.any(String) as string,
      });
      expect(got.headers).not.toHaveProperty('content-length');
      expect(got.headers).not.toHaveProperty('content-type');
    }
    if (status === 412) expectProblem(got, 412, 'precondition-failed');
  });

  it('on the entity tag goes before one on the time', async () => {
    const [future, past] = [await at(1000)(), await at(-1000)()];
    for (const [headers, status] of [
      [{ 'if-none-match': '"other"', 'if-modified-since': future }, 200],
      [{ 'if-none-match': etag, 'if-modified-since': past }, 304],
      [{ 'if-match': etag, 'if-unmodified-since': past }, 200],
      [{ 'if-match': '"other"', 'if-none-match': etag }, 412],
      [{ 'if-none-match': etag, range: 'bytes=9999-' }, 304],
      [{ 'if-match': '"other"', range: 'bytes=0-0' }, 412],
    ] as const) {
      const answer = await anonymous.get(blobPath, headers);
      expect({ headers, status: answer.status }).toEqual({ headers, status });
    }
  });
});

describe('a blob', () => {
  it('that is absent and one that is not to be seen answer alike', async () => {
    const unknown = digestOf(someBytes());
    const { draftBlob, looseBlob } = published;
    for (const client of [anonymous, service.manager]) {
      const absent = await client.get(`/v1/blobs/${unknown}`);
      expectProblem(absent, 404, 'blob-not-found');
      for (const { digest } of [draftBlob, looseBlob]) {
        const path = `/v1/blobs/${digest}`;
        expect(withoutInstance(await client.get(path))).toEqual(withoutInstance(absent));
        expect(withoutInstance(await client.get(path, { range: 'bytes=0-0' }))).toEqual(
          withoutInstance(absent),
        );
        expect(withoutInstance(await client.get(path, { 'if-none-match': '*' }))).toEqual(
          withoutInstance(absent),
        );
        expect((await client.head(path)).headers['content-length']).toEqual(absent.headers['content-length']);
        expect((await client.head(path)).status).toBe(404);
      }
    }
    expectProblem(await writer.get(`/v1/blobs/${unknown}`), 404, 'blob-not-found');
    expect((await writer.get(`/v1/blobs/${draftBlob.digest}`)).status).toBe(200);
    expect((await writer.get(`/v1/blobs/${looseBlob.digest}`)).status).toBe(200);
  });

  it('of an upload that is not verified is not there, not even for its writer', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    await sendPart(writer, id, 1, bytes);
    expectProblem(await writer.get(`/v1/blobs/${digestOf(bytes)}`), 404, 'blob-not-found');
  });
});

describe('an artifact or attachment', () => {
  it('of a draft has no download, for nobody', async () => {
    for (const client of [anonymous, service.manager, writer]) {
      expect((await client.get(published.draftArtifactPath)).status).toBe(404);
      expect((await client.head(published.draftArtifactPath)).status).toBe(404);
    }
  });

  it('is found only under its own image, version and artifact', async () => {
    const { artifactPath, attachmentPath, image } = published;
    for (const path of [artifactPath, attachmentPath]) {
      for (const wrong of [
        path.replace(image, 'another-image'),
        path.replace('/versions/1.0/', '/versions/2.0/'),
        path.replace(/[0-9a-f-]{36}\/download$/, `${randomUUID()}/download`),
      ]) {
        const answer = await anonymous.get(wrong);
        expect({ wrong, status: answer.status }).toEqual({ wrong, status: 404 });
      }
    }
  });
});

describe('the object store', () => {
  it('is not opened for HEAD, 304, 412 and 416; a GET that needs it is a 503 while it is away', async () => {
    const { storageDir } = service.running;
    await rename(storageDir, `${storageDir}-away`);
    try {
      expect((await anonymous.head(blobPath)).status).toBe(200);
      expect((await anonymous.get(blobPath, { 'if-none-match': etag })).status).toBe(304);
      expect((await anonymous.get(blobPath, { 'if-match': '"x"' })).status).toBe(412);
      expect((await anonymous.get(blobPath, { range: 'bytes=5000-' })).status).toBe(416);
      const answer = await anonymous.get(blobPath);
      expectProblem(answer, 503, 'dependency-unavailable');
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
      expect(answer.headers).not.toHaveProperty('etag');
    } finally {
      await rename(`${storageDir}-away`, storageDir);
    }
    expect((await anonymous.get(blobPath)).status).toBe(200);
  });

  it('that loses bytes in the middle breaks the connection', async () => {
    const bytes = someBytes(SMALLEST_PART_BYTES + 777);
    const { id } = await begin(writer, bytes);
    await complete(writer, id, [
      await sendPart(writer, id, 1, bytes.subarray(0, SMALLEST_PART_BYTES)),
      await sendPart(writer, id, 2, bytes.subarray(SMALLEST_PART_BYTES)),
    ]);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
    await removeFileOf(777);
    await expect(writer.get(`/v1/blobs/${digestOf(bytes)}`)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('is let go when the client goes away, and when it only pauses it is not read on', async () => {
    // Downloads of one file would share it.
    const blobs = Array.from({ length: 5 }, () => someBytes(16 * 2 ** 20));
    for (const bytes of blobs) await upload(writer, bytes);
    const connections = await Promise.all(
      blobs.map(async (bytes) => {
        const connection = await RawConnection.open(writer.baseUrl);
        connection.pause();
        connection.request(`GET /v1/blobs/${digestOf(bytes)}`, [
          `Authorization: Bearer ${writer.token ?? ''}`,
        ]);
        return connection;
      }),
    );
    await waitFor(async () => (await openFiles()) === 5, { what: 'five downloads to have their files open' });
    connections.forEach((connection) => {
      connection.cut();
    });
    await waitFor(async () => (await openFiles()) === 0, { what: 'the files to be closed' });
  });

  /** Removes the one file of the store that has this size. */
  async function removeFileOf(sizeBytes: number): Promise<void> {
    const { storageDir } = service.running;
    for (const entry of await readdir(storageDir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && (await stat(path)).size === sizeBytes) {
        await rm(path);
        return;
      }
    }
    throw new Error(`no file of ${sizeBytes} bytes`);
  }
});

it('a connection serves answers of every kind one after the other', async () => {
  const connection = await RawConnection.open(anonymous.baseUrl);
  for (const [line, headers, status] of [
    [`HEAD ${published.emptyPath}`, [], 200],
    [`GET ${blobPath}`, ['Range: bytes=10-19'], 206],
    [`GET ${blobPath}`, ['Range: bytes=9999-'], 416],
    [`GET ${blobPath}`, [`If-Match: "x"`], 412],
    [`GET ${blobPath}`, [], 200],
  ] as const) {
    connection.request(line, headers);
    expect((await connection.answer()).status).toBe(status);
  }
  expect(connection.isClosed).toBe(false);
  connection.cut();
});

import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createFilesystemObjectStore } from './filesystem/filesystem-object-store.js';
import { ObjectBody } from './object-body.js';
import { describeObjectStoreContract } from './object-store.contract.js';
import type { ObjectStoreObserver } from './object-store-observer.js';
import type { MultipartUploadId, ObjectStore } from './object-store.js';
import { ObservedObjectStore } from './observed-object-store.js';

type Told = Parameters<ObjectStoreObserver['ended']>[0];

const KEY = 'blobs/sha256/00/00/observed';
const dirs: string[] = [];

async function freshStore(told: Told[] = []): Promise<{ readonly dir: string; readonly store: ObjectStore }> {
  const dir = await mkdtemp(join(tmpdir(), 'imgsrv-observed-'));
  dirs.push(dir);
  const observer = { ended: (call: Told) => told.push(call) };
  return { dir, store: new ObservedObjectStore(createFilesystemObjectStore({ dir }), observer) };
}

afterAll(() => Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true }))));

describeObjectStoreContract('observed', async () => (await freshStore()).store);

describe('observed object store', () => {
  let told: Told[];
  let dir: string;
  let store: ObjectStore;

  beforeEach(async () => {
    told = [];
    ({ dir, store } = await freshStore(told));
  });

  async function storeObject(bytes: Buffer): Promise<MultipartUploadId> {
    const uploadId = await store.createMultipartUpload(KEY);
    const part = { key: KEY, uploadId, partNumber: 1, sizeBytes: bytes.length };
    const { etag } = await store.putPart(part, Readable.from([bytes]));
    await store.completeMultipartUpload(KEY, uploadId, [{ partNumber: 1, etag, sizeBytes: bytes.length }]);
    return uploadId;
  }

  const outcomes = () => told.map(({ operation, outcome }) => `${operation} ${outcome}`);
  const closed = (body: Readable) => new Promise((resolve) => body.once('close', resolve));

  it('tells every call once, with the bytes that were moved', async () => {
    const bytes = randomBytes(1_500_000);
    const uploadId = await storeObject(bytes);
    const { body } = await store.openRead(KEY, { range: { start: 10, end: 700_009 } });
    expect(await buffer(body)).toHaveLength(700_000);
    await store.head(KEY);
    await store.abortMultipartUpload(KEY, uploadId);
    await store.delete(KEY);
    expect(outcomes()).toEqual([
      'create_multipart_upload ok',
      'put_part ok',
      'complete_multipart_upload ok',
      'open_read ok',
      'read_body ok',
      'head ok',
      'abort_multipart_upload ok',
      'delete ok',
    ]);
    const moved = told.filter(({ readBytes, writtenBytes }) => readBytes + writtenBytes > 0);
    expect(moved).toMatchObject([
      { operation: 'put_part', writtenBytes: bytes.length, readBytes: 0 },
      { operation: 'read_body', writtenBytes: 0, readBytes: 700_000 },
    ]);
    for (const { durationMs } of told) expect(durationMs).toBeGreaterThan(0);
  });

  it('hands the body of the store on as it is, so that its memory can be used again', async () => {
    await storeObject(randomBytes(10));
    const { body } = await store.openRead(KEY);
    expect(body).toBeInstanceOf(ObjectBody);
    body.destroy();
    await closed(body);
  });

  it('tells a reader that went away from a store that did', async () => {
    await storeObject(randomBytes(4_000_000));
    const { body } = await store.openRead(KEY);
    body.once('data', () => body.destroy());
    await closed(body);
    expect(told.at(-1)).toMatchObject({ operation: 'read_body', outcome: 'aborted' });
    expect(told.at(-1)?.readBytes).toBeGreaterThan(0);
    expect(told.at(-1)?.readBytes).toBeLessThan(4_000_000);

    const gone = new AbortController();
    const second = await store.openRead(KEY, { signal: gone.signal });
    second.body.on('error', () => undefined);
    gone.abort();
    await closed(second.body);
    expect(told.at(-1)).toMatchObject({ operation: 'read_body', outcome: 'aborted' });
  });

  it('tells what is not there', async () => {
    await expect(store.openRead(KEY)).rejects.toThrow();
    await store.head(KEY);
    await expect(store.completeMultipartUpload(KEY, 'none' as MultipartUploadId, [])).rejects.toThrow();
    expect(outcomes()).toEqual([
      'open_read not_found',
      'head not_found',
      'complete_multipart_upload not_found',
    ]);
  });

  it('tells a body that is not what was announced, and one whose sender went away', async () => {
    const uploadId = await store.createMultipartUpload(KEY);
    const part = { key: KEY, uploadId, partNumber: 1, sizeBytes: 100 };
    await expect(store.putPart(part, Readable.from([randomBytes(99)]))).rejects.toThrow();
    const gone = AbortSignal.abort();
    await expect(store.putPart(part, Readable.from([randomBytes(100)]), gone)).rejects.toThrow();
    expect(outcomes().slice(1)).toEqual(['put_part refused', 'put_part aborted']);
    expect(told.every(({ writtenBytes }) => writtenBytes === 0)).toBe(true);
  });

  it('tells a store that is away', async () => {
    await store.check();
    await rename(dir, `${dir}-away`);
    dirs.push(`${dir}-away`);
    await expect(store.createMultipartUpload(KEY)).rejects.toThrow();
    await expect(store.head(KEY)).rejects.toThrow();
    expect(outcomes()).toEqual(['create_multipart_upload unavailable', 'head unavailable']);
  });

  it('tells a listing when it is over, however that comes', async () => {
    await storeObject(randomBytes(10));
    told.length = 0;
    for await (const { key } of store.list('blobs/')) expect(key).toBe(KEY);
    for await (const listed of store.list('blobs/')) {
      expect(listed).toBeDefined();
      break;
    }
    await rename(dir, `${dir}-away`);
    dirs.push(`${dir}-away`);
    await expect(store.listMultipartUploads('blobs/')[Symbol.asyncIterator]().next()).rejects.toThrow();
    expect(outcomes()).toEqual(['list ok', 'list ok', 'list_multipart_uploads unavailable']);
  });
});

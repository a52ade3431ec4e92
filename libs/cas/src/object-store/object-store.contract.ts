import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setImmediate as turn, setTimeout as passed } from 'node:timers/promises';
import {
  NoSuchMultipartUploadError,
  NoSuchObjectError,
  PartMismatchError,
  TruncatedBodyError,
} from './object-store.errors.js';
import { type Digest, digestOfHex } from '../digest.js';
import { giveBack } from './object-body.js';
import type { ByteRange, CompletedPart, MultipartUploadId, ObjectStore } from './object-store.js';

const MIB = 1024 * 1024;
/** The smallest part that S3 takes before the last one. */
const SMALLEST_PART = 5 * MIB;

/** What every driver of the object-store port promises. `makeStore` gives one that is ready to be used. */
export function describeObjectStoreContract(name: string, makeStore: () => Promise<ObjectStore>): void {
  describe(`object store contract: ${name}`, () => {
    let store: ObjectStore;
    let key: string;

    beforeAll(async () => {
      store = await makeStore();
    });

    afterAll(async () => {
      await store.close();
    });

    beforeEach(() => {
      key = freshKey();
    });

    async function put(
      uploadId: MultipartUploadId,
      partNumber: number,
      bytes: Buffer,
    ): Promise<CompletedPart> {
      const part = { key, uploadId, partNumber, sizeBytes: bytes.length };
      const { etag } = await store.putPart(part, chunked(bytes));
      return { partNumber, etag, sizeBytes: bytes.length };
    }

    async function storeObject(...contents: Buffer[]): Promise<Buffer> {
      const uploadId = await store.createMultipartUpload(key);
      const parts: CompletedPart[] = [];
      for (const [index, bytes] of contents.entries()) parts.push(await put(uploadId, index + 1, bytes));
      await store.completeMultipartUpload(key, uploadId, parts);
      return Buffer.concat(contents);
    }

    async function read(range?: ByteRange): Promise<Buffer> {
      const { body, sizeBytes } = await store.openRead(key, range ? { range } : {});
      const bytes = await collect(body);
      expect(bytes.length).toBe(sizeBytes);
      return bytes;
    }

    async function isListedAsUpload(uploadId: MultipartUploadId): Promise<boolean> {
      const listed = await items(store.listMultipartUploads(key));
      return listed.some((upload) => upload.key === key && upload.uploadId === uploadId);
    }

    describe('writing', () => {
      it('makes one object of one part', async () => {
        const bytes = await storeObject(randomBytes(100_001));
        expectSame(await read(), bytes);
        await expect(store.head(key)).resolves.toEqual({ sizeBytes: 100_001 });
      });

      it.each([0, 1, 300_001])('makes an object of one request (%d bytes)', async (sizeBytes) => {
        const bytes = randomBytes(sizeBytes);
        await store.putObject({ key, sizeBytes, digest: digestOf(bytes) }, chunked(bytes));
        expectSame(await read(), bytes);
        await expect(store.head(key)).resolves.toEqual({ sizeBytes });
        await store.delete(key);
        await expect(store.head(key)).resolves.toBeUndefined();
      });

      it.each([999, 1001])(
        'makes none of a body of %d bytes where 1000 were announced',
        async (sizeBytes) => {
          const bytes = randomBytes(sizeBytes);
          const object = { key, sizeBytes: 1000, digest: digestOf(bytes) };
          await expect(store.putObject(object, chunked(bytes))).rejects.toBeInstanceOf(TruncatedBodyError);
          await expect(store.head(key)).resolves.toBeUndefined();
          expect(await items(store.listMultipartUploads(key))).toEqual([]);
        },
      );

      it('makes none of a body that fails before its end, or that nobody waits for any more', async () => {
        const object = { key, sizeBytes: 3 * MIB, digest: digestOf(Buffer.alloc(0)) };
        const failing = Readable.from([randomBytes(MIB), randomBytes(MIB)]);
        const gone = new AbortController();
        const sent = store.putObject(object, failing, gone.signal);
        gone.abort();
        await expect(sent).rejects.toThrow();
        await expect(store.head(key)).resolves.toBeUndefined();
        expect(failing.destroyed).toBe(true);
      });

      it('takes parts in any order and joins them by number, not by the order they are named in', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const contents = [randomBytes(SMALLEST_PART), randomBytes(SMALLEST_PART + 1), randomBytes(3)];
        const parts: CompletedPart[] = [];
        for (const index of [2, 0, 1]) parts.push(await put(uploadId, index + 1, at(contents, index)));
        await store.completeMultipartUpload(key, uploadId, parts);
        expectSame(await read(), Buffer.concat(contents));
      });

      it('leaves gaps between part numbers alone', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const first = randomBytes(SMALLEST_PART);
        const parts = [await put(uploadId, 10_000, Buffer.from('end')), await put(uploadId, 7, first)];
        await store.completeMultipartUpload(key, uploadId, parts);
        expectSame(await read(), Buffer.concat([first, Buffer.from('end')]));
      });

      it('stores zero bytes as one empty part', async () => {
        await storeObject(Buffer.alloc(0));
        expect(await read()).toHaveLength(0);
        await expect(store.head(key)).resolves.toEqual({ sizeBytes: 0 });
      });

      it('takes the last of the same part sent twice', async () => {
        const uploadId = await store.createMultipartUpload(key);
        await put(uploadId, 1, randomBytes(1000));
        const second = randomBytes(900);
        await store.completeMultipartUpload(key, uploadId, [await put(uploadId, 1, second)]);
        expectSame(await read(), second);
      });

      it('gives the same etag for the same bytes of one part', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const bytes = randomBytes(1000);
        const first = await put(uploadId, 1, bytes);
        const second = await put(uploadId, 1, bytes);
        expect(second.etag).toBe(first.etag);
        expect(second.etag).not.toContain('"');
        await store.completeMultipartUpload(key, uploadId, [first]);
        expectSame(await read(), bytes);
      });

      it('takes one part number from two senders at once without ever mixing their bytes', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const contents = [randomBytes(3 * MIB), randomBytes(3 * MIB)];
        const sent = await Promise.all(contents.map((bytes) => put(uploadId, 1, bytes)));
        const chosen = await store.completeMultipartUpload(key, uploadId, sent.slice(0, 1)).then(
          () => 0,
          async (error: unknown) => {
            expect(error).toBeInstanceOf(PartMismatchError);
            await store.completeMultipartUpload(key, uploadId, sent.slice(1));
            return 1;
          },
        );
        expectSame(await read(), at(contents, chosen));
      });

      it('keeps two uploads to one key apart until one is completed', async () => {
        const [one, other] = [await store.createMultipartUpload(key), await store.createMultipartUpload(key)];
        const parts = [await put(one, 1, Buffer.from('one'))];
        await put(other, 1, Buffer.from('other'));
        await store.completeMultipartUpload(key, one, parts);
        await store.abortMultipartUpload(key, other);
        expectSame(await read(), Buffer.from('one'));
      });

      it('shows nothing at the key before complete', async () => {
        const uploadId = await store.createMultipartUpload(key);
        await put(uploadId, 1, randomBytes(10));
        await expect(store.head(key)).resolves.toBeUndefined();
        await expect(store.openRead(key)).rejects.toBeInstanceOf(NoSuchObjectError);
        await expect(items(store.list(key))).resolves.toEqual([]);
      });
    });

    describe('bodies that are not what was announced', () => {
      const announced = 2 * MIB;
      const cases: [string, () => Readable][] = [
        ['ends early', () => chunked(randomBytes(announced - 1))],
        ['is empty', () => Readable.from([])],
        ['is one byte too long', () => chunked(randomBytes(announced + 1))],
        ['is too long by a whole chunk', () => chunked(randomBytes(2 * announced))],
        ['fails in the middle', () => failing(announced / 2)],
        ['fails after its last byte', () => failing(announced)],
        ['is destroyed in the middle', () => vanishing(announced / 2)],
        ['fails before it is read', () => new Readable().destroy(new Error('The connection broke.'))],
        ['was destroyed before', () => chunked(randomBytes(announced)).destroy()],
      ];

      it.each(cases)('refuses a body that %s, and stores nothing of it', async (_, makeBody) => {
        const uploadId = await store.createMultipartUpload(key);
        const kept = await put(uploadId, 1, randomBytes(50));
        const body = makeBody();
        const put2 = store.putPart({ key, uploadId, partNumber: 1, sizeBytes: announced }, body);
        await expect(put2).rejects.toBeInstanceOf(TruncatedBodyError);
        expect(body.destroyed).toBe(true);
        await store.completeMultipartUpload(key, uploadId, [kept]);
        await expect(store.head(key)).resolves.toEqual({ sizeBytes: 50 });
      });

      it('refuses bytes for a part announced as empty', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const sent = store.putPart(
          { key, uploadId, partNumber: 1, sizeBytes: 0 },
          Readable.from([Buffer.from('x')]),
        );
        await expect(sent).rejects.toBeInstanceOf(TruncatedBodyError);
      });

      it.each([0, -1, 1.5, 10_001, Number.NaN])('refuses part number %p', async (partNumber) => {
        const uploadId = await store.createMultipartUpload(key);
        const body = chunked(randomBytes(3));
        const sent = store.putPart({ key, uploadId, partNumber, sizeBytes: 3 }, body);
        await expect(sent).rejects.toBeInstanceOf(RangeError);
        expect(body.destroyed).toBe(true);
      });
    });

    describe('a part whose size nobody knows before', () => {
      it.each([0, 1, 300_000, SMALLEST_PART])('is stored whole: %p bytes', async (sizeBytes) => {
        const uploadId = await store.createMultipartUpload(key);
        const bytes = randomBytes(sizeBytes);
        const part = { key, uploadId, partNumber: 1, sizeBytes: undefined };
        const stored = await store.putPart(part, chunked(bytes));
        expect(stored.sizeBytes).toBe(sizeBytes);
        await store.completeMultipartUpload(key, uploadId, [{ partNumber: 1, ...stored }]);
        expectSame(await read(), bytes);
      });

      it.each([
        ['fails in the middle', () => failing(50_000)],
        ['is destroyed in the middle', () => vanishing(50_000)],
        ['fails before it is read', () => new Readable().destroy(new Error('The connection broke.'))],
      ])('is refused when its body %s, and nothing of it is stored', async (_, makeBody) => {
        const uploadId = await store.createMultipartUpload(key);
        const kept = await put(uploadId, 1, randomBytes(50));
        const body = makeBody();
        const sent = store.putPart({ key, uploadId, partNumber: 1, sizeBytes: undefined }, body);
        await expect(sent).rejects.toBeInstanceOf(TruncatedBodyError);
        expect(body.destroyed).toBe(true);
        await store.completeMultipartUpload(key, uploadId, [kept]);
        await expect(store.head(key)).resolves.toEqual({ sizeBytes: 50 });
      });

      it('ends with its sender', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const gone = new AbortController();
        const body = endless();
        const part = { key, uploadId, partNumber: 1, sizeBytes: undefined };
        const sent = store.putPart(part, body.stream, gone.signal);
        await until(() => body.sentBytes() > MIB);
        gone.abort();
        await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
        expect(body.stream.destroyed).toBe(true);
      });
    });

    describe('discarding a part', () => {
      it('makes it impossible to name until it is sent again, and leaves the others', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const kept = await put(uploadId, 1, randomBytes(SMALLEST_PART));
        const bytes = randomBytes(60);
        const discarded = await put(uploadId, 2, bytes);
        await store.discardPart({ key, uploadId, ...discarded });
        await store.discardPart({ key, uploadId, ...discarded });
        const both = store.completeMultipartUpload(key, uploadId, [kept, discarded]);
        await expect(both).rejects.toBeInstanceOf(PartMismatchError);
        await store.completeMultipartUpload(key, uploadId, [kept, await put(uploadId, 2, bytes)]);
        await expect(store.head(key)).resolves.toEqual({ sizeBytes: SMALLEST_PART + bytes.length });
      });

      it('that was replaced leaves the one that replaced it', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const replaced = await put(uploadId, 1, randomBytes(50));
        const bytes = randomBytes(60);
        const current = await put(uploadId, 1, bytes);
        await store.discardPart({ key, uploadId, ...replaced });
        await store.completeMultipartUpload(key, uploadId, [current]);
        expectSame(await read(), bytes);
      });

      it('of an upload that is complete or gone changes nothing', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const bytes = randomBytes(50);
        const part = await put(uploadId, 1, bytes);
        await store.completeMultipartUpload(key, uploadId, [part]);
        await store.discardPart({ key, uploadId, ...part });
        expectSame(await read(), bytes);
        const aborted = await store.createMultipartUpload(key);
        await store.abortMultipartUpload(key, aborted);
        await store.discardPart({ key, uploadId: aborted, ...part });
      });

      it('that was never stored changes nothing', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const kept = await put(uploadId, 3, randomBytes(50));
        await store.discardPart({ key, uploadId, partNumber: 2, etag: kept.etag });
        await store.discardPart({ key, uploadId, partNumber: 3, etag: '0'.repeat(32) });
        await store.discardPart({ key, uploadId, partNumber: 3, etag: '../../x' });
        await store.completeMultipartUpload(key, uploadId, [kept]);
        await expect(store.head(key)).resolves.toEqual({ sizeBytes: 50 });
      });
    });

    describe('a sender that goes away', () => {
      it('ends the part at once, keeps nothing open and destroys the body', async () => {
        const uploadId = await store.createMultipartUpload(key);
        await put(uploadId, 1, randomBytes(10));
        const before = await openHandles();
        const gone = new AbortController();
        const body = endless();
        const sent = store.putPart(
          { key, uploadId, partNumber: 2, sizeBytes: 100 * MIB },
          body.stream,
          gone.signal,
        );
        await until(() => body.sentBytes() > SMALLEST_PART);
        gone.abort();
        await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
        expect(body.stream.destroyed).toBe(true);
        await until(async () => (await openHandles()) <= before);
        await store.abortMultipartUpload(key, uploadId);
        expect(await isListedAsUpload(uploadId)).toBe(false);
      });

      it('sends nothing when it was gone before', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const body = endless();
        const sent = store.putPart(
          { key, uploadId, partNumber: 1, sizeBytes: MIB },
          body.stream,
          AbortSignal.abort(),
        );
        await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
        expect(body.stream.destroyed).toBe(true);
      });

      it('does not disturb the part when it goes after the part is stored', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const gone = new AbortController();
        const part = { key, uploadId, partNumber: 1, sizeBytes: 3 };
        const { etag } = await store.putPart(part, Readable.from([Buffer.from('abc')]), gone.signal);
        gone.abort();
        await store.completeMultipartUpload(key, uploadId, [{ partNumber: 1, etag, sizeBytes: 3 }]);
        expectSame(await read(), Buffer.from('abc'));
      });
    });

    describe('completing', () => {
      it('may be repeated', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const parts = [await put(uploadId, 1, Buffer.from('once'))];
        await store.completeMultipartUpload(key, uploadId, parts);
        await store.completeMultipartUpload(key, uploadId, parts);
        expectSame(await read(), Buffer.from('once'));
      });

      it('may be done by several at once', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const parts = [await put(uploadId, 1, Buffer.from('once'))];
        const complete = () => store.completeMultipartUpload(key, uploadId, parts);
        const settled = await Promise.allSettled([complete(), complete(), complete()]);
        expect(settled.some(({ status }) => status === 'fulfilled')).toBe(true);
        await complete();
        expectSame(await read(), Buffer.from('once'));
      });

      it.each([
        ['a part that was never sent', (part: CompletedPart) => [part, { ...part, partNumber: 2 }]],
        ['another etag', (part: CompletedPart) => [{ ...part, etag: 'd41d8cd98f00b204e9800998ecf8427e' }]],
        ['an etag that is none', (part: CompletedPart) => [{ ...part, etag: '../../1-x' }]],
        ['no part at all', () => []],
      ])('refuses %s and leaves the upload usable', async (_, alter) => {
        const uploadId = await store.createMultipartUpload(key);
        const bytes = randomBytes(SMALLEST_PART);
        const part = await put(uploadId, 1, bytes);
        const refused = store.completeMultipartUpload(key, uploadId, alter(part));
        await expect(refused).rejects.toBeInstanceOf(PartMismatchError);
        await expect(store.head(key)).resolves.toBeUndefined();
        await store.completeMultipartUpload(key, uploadId, [part]);
        expectSame(await read(), bytes);
      });

      it.each([
        ['never existed', () => Promise.resolve(randomUUID() as string as MultipartUploadId)],
        ['has a name of another store', () => Promise.resolve('2~../x' as MultipartUploadId)],
        [
          'was aborted',
          async () => {
            const uploadId = await store.createMultipartUpload(key);
            await put(uploadId, 1, Buffer.from('x'));
            await store.abortMultipartUpload(key, uploadId);
            return uploadId;
          },
        ],
      ])('refuses an upload that %s', async (_, makeUploadId) => {
        const uploadId = await makeUploadId();
        const parts = [{ partNumber: 1, etag: 'd41d8cd98f00b204e9800998ecf8427e', sizeBytes: 0 }];
        const completed = store.completeMultipartUpload(key, uploadId, parts);
        await expect(completed).rejects.toBeInstanceOf(NoSuchMultipartUploadError);
        const body = chunked(randomBytes(20 * MIB));
        const sent = store.putPart({ key, uploadId, partNumber: 1, sizeBytes: 20 * MIB }, body);
        await expect(sent).rejects.toBeInstanceOf(NoSuchMultipartUploadError);
        expect(body.destroyed).toBe(true);
      });

      it('takes no part afterwards', async () => {
        const uploadId = await store.createMultipartUpload(key);
        await store.completeMultipartUpload(key, uploadId, [await put(uploadId, 1, Buffer.from('x'))]);
        await expect(put(uploadId, 1, Buffer.from('late'))).rejects.toBeInstanceOf(
          NoSuchMultipartUploadError,
        );
        expectSame(await read(), Buffer.from('x'));
      });
    });

    describe('aborting', () => {
      it('may be repeated, and an upload that never was may be aborted', async () => {
        const uploadId = await store.createMultipartUpload(key);
        await put(uploadId, 1, randomBytes(10));
        await store.abortMultipartUpload(key, uploadId);
        await store.abortMultipartUpload(key, uploadId);
        await store.abortMultipartUpload(key, randomUUID() as string as MultipartUploadId);
        expect(await isListedAsUpload(uploadId)).toBe(false);
      });

      it('never touches a completed object', async () => {
        const uploadId = await store.createMultipartUpload(key);
        await store.completeMultipartUpload(key, uploadId, [await put(uploadId, 1, Buffer.from('kept'))]);
        await store.abortMultipartUpload(key, uploadId);
        expectSame(await read(), Buffer.from('kept'));
      });

      it('ends a part that is being sent', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const body = endless();
        const part = { key, uploadId, partNumber: 1, sizeBytes: 12 * MIB };
        const sent = store.putPart(part, body.stream).catch((error: unknown) => error);
        await until(() => body.sentBytes() > SMALLEST_PART);
        await store.abortMultipartUpload(key, uploadId);
        body.end(12 * MIB);
        // A store may take the part and forget it; it may not become an object.
        const outcome = await sent;
        const etag =
          outcome instanceof NoSuchMultipartUploadError
            ? 'd41d8cd98f00b204e9800998ecf8427e'
            : etagOf(outcome);
        const completed = store.completeMultipartUpload(key, uploadId, [{ ...part, etag }]);
        await expect(completed).rejects.toBeInstanceOf(NoSuchMultipartUploadError);
      });
    });

    describe('reading', () => {
      const sizes = [SMALLEST_PART, SMALLEST_PART + 7, 11];
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const ranges: [string, ByteRange][] = [
        ['the first byte', { start: 0, end: 0 }],
        ['the last byte', { start: total - 1, end: total - 1 }],
        ['all bytes', { start: 0, end: total - 1 }],
        ['the last byte of a part', { start: SMALLEST_PART - 1, end: SMALLEST_PART - 1 }],
        ['the first byte of a part', { start: SMALLEST_PART, end: SMALLEST_PART }],
        ['bytes on both sides of a part boundary', { start: SMALLEST_PART - 3, end: SMALLEST_PART + 2 }],
        ['bytes of three parts', { start: SMALLEST_PART - 1, end: total - 11 }],
        ['exactly one part', { start: SMALLEST_PART, end: 2 * SMALLEST_PART + 6 }],
      ];
      let wholeKey: string;
      let whole: Buffer;

      beforeAll(async () => {
        key = wholeKey = freshKey();
        whole = await storeObject(...sizes.map((size) => randomBytes(size)));
      });

      beforeEach(() => {
        key = wholeKey;
      });

      it.each(ranges)('gives %s', async (_, range) => {
        expectSame(await read(range), whole.subarray(range.start, range.end + 1));
      });

      it.each([
        { start: 5, end: 4 },
        { start: -1, end: 4 },
        { start: 0.5, end: 4 },
        { start: 0, end: Number.NaN },
        { start: total, end: total },
        { start: total - 1, end: total },
        { start: total + 5, end: total + 9 },
      ])('refuses %p as a range', async (range) => {
        await expect(store.openRead(key, { range })).rejects.toBeInstanceOf(RangeError);
      });

      it('refuses any range of an object without bytes', async () => {
        key = freshKey();
        await storeObject(Buffer.alloc(0));
        await expect(store.openRead(key, { range: { start: 0, end: 0 } })).rejects.toBeInstanceOf(RangeError);
      });

      it('serves many readers at once', async () => {
        const all = await Promise.all(Array.from({ length: 8 }, () => read()));
        for (const bytes of all) expectSame(bytes, whole);
      });

      it.each(['destroy', 'abort'] as const)('frees everything at once on %s', async (how) => {
        expectSame(await read(), whole);
        const before = await openHandles();
        const gone = new AbortController();
        const { body } = await store.openRead(key, { signal: gone.signal });
        const failed = new Promise<unknown>((resolve) => body.once('close', resolve));
        body.on('error', () => undefined);
        await body[Symbol.asyncIterator]().next();
        if (how === 'destroy') body.destroy();
        else gone.abort();
        await failed;
        expect(body.errored?.name).toBe(how === 'abort' ? 'AbortError' : undefined);
        await until(async () => (await openHandles()) <= before);
      });

      it('opens nothing for a reader that is gone already', async () => {
        const opened = store.openRead(key, { signal: AbortSignal.abort() });
        await expect(opened).rejects.toMatchObject({ name: 'AbortError' });
      });

      it('lets a reader pause without holding more than a few reads in memory', async () => {
        const { body } = await store.openRead(key);
        const first: unknown = (await body[Symbol.asyncIterator]().next()).value;
        for (let turns = 0; turns < 200; turns += 1) await turn();
        expect(first).toBeInstanceOf(Buffer);
        expect(body.readableLength).toBeLessThanOrEqual(3 * MIB);
        body.destroy();
      });

      it('rejects for a key with nothing', async () => {
        key = freshKey();
        await expect(store.openRead(key)).rejects.toBeInstanceOf(NoSuchObjectError);
        await expect(store.head(key)).resolves.toBeUndefined();
      });
    });

    describe('a slow side', () => {
      it('holds a fast sender back: memory does not grow with the part', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const sizeBytes = 192 * MIB;
        const peak = { bytes: 0 };
        const start = process.memoryUsage().arrayBuffers;
        const body = endless(() => {
          peak.bytes = Math.max(peak.bytes, process.memoryUsage().arrayBuffers - start);
        });
        body.end(sizeBytes);
        const { etag } = await store.putPart({ key, uploadId, partNumber: 1, sizeBytes }, body.stream);
        await store.completeMultipartUpload(key, uploadId, [{ partNumber: 1, etag, sizeBytes }]);
        expect(peak.bytes).toBeLessThan(48 * MIB);
        await store.delete(key);
      });

      it.each([
        [
          'gives every chunk back',
          (body: Readable, chunk: Buffer) => {
            giveBack(body, chunk);
          },
          16,
        ],
        ['gives nothing back', () => undefined, 128],
      ])('does not collect the object for a reader that %s', async (_, afterUse, mostMebibytes) => {
        const bytes = randomBytes(8 * MIB);
        const contents = Array.from({ length: 24 }, () => bytes);
        const sha256 = createHash('sha256');
        for (const each of contents) sha256.update(each);
        await storeObject(...contents);
        const start = process.memoryUsage().arrayBuffers;
        let peakBytes = 0;
        const read256 = createHash('sha256');
        const { body } = await store.openRead(key);
        for await (const chunk of body as AsyncIterable<Buffer>) {
          read256.update(chunk);
          afterUse(body, chunk);
          peakBytes = Math.max(peakBytes, process.memoryUsage().arrayBuffers - start);
        }
        expect(read256.digest('hex')).toBe(sha256.digest('hex'));
        expect(peakBytes).toBeLessThan(mostMebibytes * MIB);
        await store.delete(key);
      });

      it('takes a part whose sender is slow', async () => {
        const uploadId = await store.createMultipartUpload(key);
        const bytes = randomBytes(64);
        async function* dripping() {
          for (const byte of bytes) {
            await turn();
            yield Buffer.of(byte);
          }
        }
        const { etag } = await store.putPart(
          { key, uploadId, partNumber: 1, sizeBytes: 64 },
          Readable.from(dripping()),
        );
        await store.completeMultipartUpload(key, uploadId, [{ partNumber: 1, etag, sizeBytes: 64 }]);
        expectSame(await read(), bytes);
      });
    });

    describe('deleting', () => {
      it('removes the object, may be repeated, and needs no object', async () => {
        await storeObject(randomBytes(10));
        await store.delete(key);
        await store.delete(key);
        await expect(store.head(key)).resolves.toBeUndefined();
        await expect(store.openRead(key)).rejects.toBeInstanceOf(NoSuchObjectError);
        await expect(items(store.list(key))).resolves.toEqual([]);
      });

      it('gives a reader either all bytes or an error, never a short answer', async () => {
        const bytes = await storeObject(randomBytes(12 * MIB), randomBytes(12 * MIB));
        const { body } = await store.openRead(key);
        await store.delete(key);
        const outcome = await collect(body).catch((error: unknown) => error);
        if (outcome instanceof Buffer) expectSame(outcome, bytes);
        else expect(outcome).toMatchObject({ code: 'dependency-unavailable' });
      });

      it('lets the key be used again', async () => {
        await storeObject(Buffer.from('old'));
        await store.delete(key);
        await storeObject(Buffer.from('new'));
        expectSame(await read(), Buffer.from('new'));
      });

      it('leaves an upload to the same key alone', async () => {
        await storeObject(Buffer.from('old'));
        const uploadId = await store.createMultipartUpload(key);
        const parts = [await put(uploadId, 1, Buffer.from('new'))];
        await store.delete(key);
        await store.completeMultipartUpload(key, uploadId, parts);
        expectSame(await read(), Buffer.from('new'));
      });
    });

    describe('listing', () => {
      it('lists the objects under a prefix and no others', async () => {
        const under = `${key}/in`;
        const made: string[] = [];
        for (const name of [`${under}/a`, `${under}/b`, `${under}side/c`, `${key}/out/d`]) {
          key = name;
          await storeObject(Buffer.from(name));
          made.push(name);
        }
        const keysOf = async (prefix: string) =>
          (await items(store.list(prefix))).map((object) => object.key).sort();
        expect(await keysOf(`${under}/`)).toEqual(made.slice(0, 2));
        expect(await keysOf(under)).toEqual(made.slice(0, 3));
        expect(await keysOf(`${under}/a`)).toEqual(made.slice(0, 1));
        expect(await keysOf(`${under}/zzz`)).toEqual([]);
        const [listed] = await items(store.list(`${under}/a`));
        expect(Math.abs((listed?.lastModified.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
      });

      it('lists unfinished uploads until they are completed or aborted', async () => {
        const under = `${key}/in`;
        const uploads: { key: string; uploadId: MultipartUploadId }[] = [];
        for (const name of [`${under}/a`, `${under}/b`, `${key}/out/c`]) {
          uploads.push({ key: name, uploadId: await store.createMultipartUpload(name) });
        }
        const listed = async () =>
          (await items(store.listMultipartUploads(`${under}/`))).map(({ uploadId }) => uploadId).sort();
        const [a, b] = [at(uploads, 0), at(uploads, 1)];
        expect(await listed()).toEqual([a.uploadId, b.uploadId].sort());
        key = a.key;
        await store.completeMultipartUpload(key, a.uploadId, [await put(a.uploadId, 1, Buffer.from('x'))]);
        expect(await listed()).toEqual([b.uploadId]);
        const [upload] = await items(store.listMultipartUploads(under));
        expect(Math.abs((upload?.initiatedAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
        await store.abortMultipartUpload(b.key, b.uploadId);
        expect(await listed()).toEqual([]);
      });
    });

    it('says that it is usable', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });
  });
}

function freshKey(): string {
  return `contract/${randomUUID()}`;
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Error(`Nothing at ${index}.`);
  return item;
}

function etagOf(stored: unknown): string {
  return (stored as { etag: string }).etag;
}

/** Buffers of megabytes, compared without Jest's byte by byte report. */
function expectSame(actual: Buffer, expected: Buffer): void {
  const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  expect({ length: actual.length, sha256: digest(actual) }).toEqual({
    length: expected.length,
    sha256: digest(expected),
  });
}

async function items<T>(listed: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of listed) all.push(item);
  return all;
}

async function collect(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function chunked(bytes: Buffer): Readable {
  function* pieces() {
    for (let from = 0; from < bytes.length; from += 64 * 1024) yield bytes.subarray(from, from + 64 * 1024);
  }
  return Readable.from(pieces(), { objectMode: false });
}

function failing(afterBytes: number): Readable {
  function* pieces() {
    yield randomBytes(afterBytes);
    throw new Error('The connection of the client broke.');
  }
  return Readable.from(pieces(), { objectMode: false });
}

function vanishing(afterBytes: number): Readable {
  let sent = false;
  return new Readable({
    read() {
      if (sent) this.destroy();
      else this.push(randomBytes(afterBytes));
      sent = true;
    },
  });
}

/** A sender that waits for back-pressure, and for ever once `end` says how much there is. */
function endless(onChunk: () => void = () => undefined) {
  const chunk = randomBytes(64 * 1024);
  let sentBytes = 0;
  let endBytes = Infinity;
  const stream = new Readable({
    read() {
      setImmediate(() => {
        if (this.destroyed) return;
        onChunk();
        const piece = chunk.subarray(0, endBytes - sentBytes);
        sentBytes += piece.length;
        this.push(piece.length === 0 ? null : piece);
      });
    },
  });
  const end = (bytes: number) => {
    endBytes = bytes;
  };
  return { stream, sentBytes: () => sentBytes, end };
}

/** File descriptors of this process: open files and sockets. */
async function openHandles(): Promise<number> {
  return (await readdir(process.platform === 'linux' ? '/proc/self/fd' : '/dev/fd')).length;
}

/** Waits until the condition holds; Jest's time-out ends a wait in vain. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await passed(2);
}

function digestOf(bytes: Buffer): Digest {
  return digestOfHex(createHash('sha256').update(bytes).digest('hex'));
}

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { describeWith } from '../../../../../test/fixtures/requirement.js';
import { describeObjectStoreContract } from '../object-store.contract.js';
import { NoSuchObjectError, PartMismatchError } from '../object-store.errors.js';
import type { CompletedPart, MultipartUploadId, ObjectStore } from '../object-store.js';
import { createFilesystemObjectStore } from './filesystem-object-store.js';

const MIB = 1024 * 1024;

const contractDirs: string[] = [];

describeObjectStoreContract('filesystem', async () => {
  const dir = await freshDir();
  contractDirs.push(dir);
  return createFilesystemObjectStore({ dir });
});

afterAll(async () => {
  for (const dir of contractDirs) await rm(dir, { recursive: true });
});

describe('filesystem object store', () => {
  let dir: string;
  let store: ObjectStore;

  beforeEach(async () => {
    dir = await freshDir();
    store = createFilesystemObjectStore({ dir });
  });

  afterEach(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  async function put(
    key: string,
    uploadId: MultipartUploadId,
    partNumber: number,
    bytes: Buffer,
  ): Promise<CompletedPart> {
    const sizeBytes = bytes.length;
    const { etag } = await store.putPart({ key, uploadId, partNumber, sizeBytes }, Readable.from([bytes]));
    return { partNumber, etag, sizeBytes };
  }

  async function storeObject(key: string, ...contents: Buffer[]): Promise<MultipartUploadId> {
    const uploadId = await store.createMultipartUpload(key);
    const parts: CompletedPart[] = [];
    for (const [index, bytes] of contents.entries()) parts.push(await put(key, uploadId, index + 1, bytes));
    await store.completeMultipartUpload(key, uploadId, parts);
    return uploadId;
  }

  const objectFiles = (key: string) => readdir(join(dir, 'objects', key, '_object'));
  const partPath = async (key: string, partNumber: number) => {
    const file = (await objectFiles(key)).find((name) => name.startsWith(`${partNumber}-`));
    return join(dir, 'objects', key, '_object', file ?? 'none');
  };

  it('makes its folders and files for the owner alone', async () => {
    await rm(dir, { recursive: true });
    await storeObject('a/b', Buffer.from('x'));
    for (const folder of ['.', 'objects', 'objects/a', 'objects/a/b', 'objects/a/b/_object']) {
      expect(((await stat(join(dir, folder))).mode & 0o777).toString(8)).toBe('700');
    }
    expect(((await stat(await partPath('a/b', 1))).mode & 0o777).toString(8)).toBe('600');
  });

  it('moves no byte at complete and keeps only what was named', async () => {
    const uploadId = await store.createMultipartUpload('a/b');
    await put('a/b', uploadId, 1, Buffer.from('first try'));
    await put('a/b', uploadId, 9, Buffer.from('never named'));
    const part = await put('a/b', uploadId, 1, Buffer.from('second try'));
    const [before] = await Promise.all([inodes(join(dir, 'objects/a/b', `_upload-${uploadId}`))]);
    await store.completeMultipartUpload('a/b', uploadId, [part]);
    const after = await inodes(join(dir, 'objects/a/b/_object'));
    const file = `1-${part.etag}-${uploadId}`;
    expect([...after.keys()].sort()).toEqual([file, 'manifest.json'].sort());
    expect(after.get(file)).toBe(before.get(file));
  });

  it('leaves not even a folder behind when the last thing under it is gone', async () => {
    await storeObject('a/b/c', Buffer.from('x'));
    const uploadId = await store.createMultipartUpload('a/d');
    await store.delete('a/b/c');
    expect(await readdir(join(dir, 'objects/a'))).toEqual(['d']);
    await store.abortMultipartUpload('a/d', uploadId);
    expect(await readdir(join(dir, 'objects'))).toEqual([]);
  });

  it.each([
    ['of bytes', [Buffer.from('x')]],
    ['without bytes', [Buffer.alloc(0)]],
  ])('misses an object %s that another process deleted after it was read', async (_, contents) => {
    await storeObject('a/b', ...contents);
    await (await store.openRead('a/b')).body.toArray();
    await (await store.openRead('a/b')).body.toArray();
    await createFilesystemObjectStore({ dir }).delete('a/b');
    await expect(store.openRead('a/b')).rejects.toBeInstanceOf(NoSuchObjectError);
  });

  it('keeps creating while folders beside it are being removed', async () => {
    const churn = async (name: string) => {
      for (let round = 0; round < 60; round += 1) {
        const uploadId = await store.createMultipartUpload(`a/b/${name}`);
        await store.abortMultipartUpload(`a/b/${name}`, uploadId);
      }
    };
    await Promise.all(['c', 'd', 'e', 'f', 'g', 'h'].map(churn));
    expect(await readdir(join(dir, 'objects'))).toEqual([]);
  });

  it.each([0, 4, 6])('refuses a complete that names a part of 5 bytes with %i', async (sizeBytes) => {
    const uploadId = await store.createMultipartUpload('a/b');
    const part = await put('a/b', uploadId, 1, Buffer.from('12345'));
    const refused = store.completeMultipartUpload('a/b', uploadId, [{ ...part, sizeBytes }]);
    await expect(refused).rejects.toBeInstanceOf(PartMismatchError);
    await expect(store.head('a/b')).resolves.toBeUndefined();
  });

  it.each([
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '../x',
    'a/../../x',
    'a/./b',
    'A',
    'a_b',
    'a.b',
    'a\0b',
    `${'a/'.repeat(40)}a`,
  ])('refuses %j as a key', async (key) => {
    await expect(store.createMultipartUpload(key)).rejects.toBeInstanceOf(RangeError);
    await expect(store.openRead(key)).rejects.toBeInstanceOf(RangeError);
    await expect(store.delete(key)).rejects.toBeInstanceOf(RangeError);
    expect(await readdir(join(dir, 'objects'))).toEqual([]);
  });

  it.each(['../', 'a/../', 'A', '_upload'])('refuses %j as a prefix', async (prefix) => {
    await expect(drain(store.list(prefix))).rejects.toBeInstanceOf(RangeError);
    await expect(drain(store.listMultipartUploads(prefix))).rejects.toBeInstanceOf(RangeError);
  });

  describe('damage', () => {
    const first = randomBytes(2 * MIB);
    const second = randomBytes(3 * MIB);

    beforeEach(async () => {
      await storeObject('a/b', first, second);
    });

    const damages: [string, (path: string) => Promise<void>][] = [
      ['shorter', (path) => truncate(path, 1.5 * MIB)],
      ['empty', (path) => truncate(path, 0)],
      ['longer', (path) => writeFile(path, 'x', { flag: 'a' })],
      ['gone', (path) => rm(path)],
      [
        'a link to elsewhere',
        async (path) => {
          await rm(path);
          await writeFile(join(dir, 'elsewhere'), randomBytes(2 * MIB));
          await symlink(join(dir, 'elsewhere'), path);
        },
      ],
      [
        'a folder',
        async (path) => {
          await rm(path);
          await mkdir(path);
        },
      ],
    ];

    it.each(damages)('refuses to open an object whose first part is %s', async (_, damage) => {
      await damage(await partPath('a/b', 1));
      await expectUnavailable(store.openRead('a/b'));
    });

    it.each(damages)('fails the read when it comes to a part that is %s', async (_, damage) => {
      await damage(await partPath('a/b', 2));
      const { body } = await store.openRead('a/b');
      let receivedBytes = 0;
      await expectUnavailable(
        (async () => {
          for await (const chunk of body) receivedBytes += (chunk as Buffer).length;
        })(),
      );
      expect(receivedBytes).toBe(first.length);
    });

    it('fails the read when a part is cut while it is being read', async () => {
      const { body } = await store.openRead('a/b');
      await body[Symbol.asyncIterator]().next();
      await truncate(await partPath('a/b', 2), 10);
      await expectUnavailable(body.toArray());
    });

    it.each(['', '{', 'null', '{}', '{"uploadId":"x","parts":[]}', manifestNaming('../../../etc/passwd')])(
      'takes %j for a damaged manifest, not for a missing object',
      async (content) => {
        await writeFile(join(dir, 'objects/a/b/_object/manifest.json'), content);
        await expectUnavailable(store.head('a/b'));
        await expectUnavailable(store.openRead('a/b'));
      },
    );

    it('still deletes a damaged object', async () => {
      await writeFile(join(dir, 'objects/a/b/_object/manifest.json'), '{');
      await store.delete('a/b');
      await expect(store.head('a/b')).resolves.toBeUndefined();
    });
  });

  describe('a folder that cannot be used', () => {
    const key = 'a/b';
    const uploadId = '00000000-0000-4000-8000-000000000000' as MultipartUploadId;
    const part = { key, uploadId, partNumber: 1, sizeBytes: 1 };
    const calls: [string, () => Promise<unknown>][] = [
      ['create', () => store.createMultipartUpload(key)],
      ['put', () => store.putPart(part, Readable.from([Buffer.from('x')]))],
      ['complete', () => store.completeMultipartUpload(key, uploadId, [{ ...part, etag: '0'.repeat(32) }])],
      ['abort', () => store.abortMultipartUpload(key, uploadId)],
      ['head', () => store.head(key)],
      ['read', () => store.openRead(key)],
      ['delete', () => store.delete(key)],
      ['list', () => drain(store.list(''))],
      ['list uploads', () => drain(store.listMultipartUploads(''))],
      ['check', () => store.check()],
    ];

    it.each(calls)('makes %s fail when the folder vanished', async (_, call) => {
      await store.check();
      await rm(dir, { recursive: true });
      await expectUnavailable(call());
    });

    it.each(calls)('makes %s fail when the folder is a file', async (_, call) => {
      await writeFile(join(dir, 'objects'), 'x');
      await expectUnavailable(call());
    });
  });

  describeWith('mounts', 'a full disk', () => {
    it('fails a part, keeps nothing of it, and lets uploads go on when there is room again', async () => {
      const small = await freshDir();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', small]);
      try {
        store = createFilesystemObjectStore({ dir: small });
        const uploadId = await store.createMultipartUpload('a/b');
        const kept = await put('a/b', uploadId, 1, randomBytes(MIB));
        const refused = put('a/b', uploadId, 2, randomBytes(4 * MIB));
        await expectUnavailable(refused, 'The object store is full.');
        const again = await put('a/b', uploadId, 2, randomBytes(MIB));
        await store.completeMultipartUpload('a/b', uploadId, [kept, again]);
        await expect(store.head('a/b')).resolves.toEqual({ sizeBytes: 2 * MIB });
      } finally {
        execFileSync('umount', [small]);
        await rm(small, { recursive: true });
      }
    });
  });
});

function manifestNaming(etag: string): string {
  const uploadId = '00000000-0000-4000-8000-000000000000';
  return JSON.stringify({ uploadId, parts: [{ partNumber: 1, etag, sizeBytes: 1 }] });
}

async function inodes(folder: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const file of await readdir(folder)) found.set(file, (await stat(join(folder, file))).ino);
  return found;
}

async function freshDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'imgsrv-store-'));
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).toBeDefined();
}

async function expectUnavailable(work: Promise<unknown>, message?: string): Promise<void> {
  const error = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(DependencyUnavailableError);
  expect(error).toMatchObject({ dependency: 'object-store' });
  expect((error as Error).message).not.toContain(tmpdir());
  if (message !== undefined) expect((error as Error).message).toBe(message);
}

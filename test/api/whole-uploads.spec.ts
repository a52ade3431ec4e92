import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type ObjectStore, parseDigest, WholeUploads } from '@imgsrv/cas';
import { HEADER_INSPECTOR } from '@imgsrv/catalog';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { TRAIL } from './auth-database.js';
import { OpenedStore } from './opened-store.js';
import { storeWith } from './store-with.js';

const LIMITS = { ttlMs: 60_000, maxAgeMs: 60_000, maxSizeBytes: 10_000, quota: {} };

let opened: OpenedStore;

beforeAll(async () => {
  opened = await OpenedStore.open('whole-uploads');
});
afterAll(() => opened.close());

function putInto(store: ObjectStore, bytes: Buffer): Promise<boolean> {
  const uploads = new WholeUploads(opened.database, store, LIMITS, HEADER_INSPECTOR, TRAIL);
  return uploads.put({
    expectedDigest: digestOf(bytes),
    expectedSizeBytes: bytes.length,
    createdBy: PRINCIPAL,
    isVisible: () => Promise.resolve(false),
    body: () => Readable.from([bytes]),
    signal: new AbortController().signal,
  });
}

const PRINCIPAL = randomUUID();
beforeAll(() =>
  opened.database.rows(`INSERT INTO principals (id, kind, display_name) VALUES ($1, 'service', 'writer')`, [
    PRINCIPAL,
  ]),
);

function digestOf(bytes: Buffer) {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

interface Left {
  readonly state: string;
  /** Whether the object is handed over to be removed. */
  readonly isDiscarded: boolean;
  readonly isBlob: boolean;
}

async function leftOf(bytes: Buffer): Promise<Left[]> {
  return opened.database.rows<Left>(
    `SELECT s.state, EXISTS (SELECT FROM jobs WHERE kind = 'discard_object' AND payload ->> 'storageKey' = s.storage_key)
              AS "isDiscarded",
            EXISTS (SELECT FROM blobs WHERE digest = s.expected_digest) AS "isBlob"
       FROM upload_sessions s WHERE s.expected_digest = $1`,
    [digestOf(bytes)],
  );
}

const READY = { state: 'ready', isDiscarded: false, isBlob: true };
const GONE = { state: 'aborted', isDiscarded: true, isBlob: false };

/** Stores as `store` does, and says that it has compared nothing. */
function trusting(store: ObjectStore, alter: (bytes: Buffer) => Buffer = (bytes) => bytes): ObjectStore {
  return storeWith(store, {
    putObject: async (object, body, signal) => {
      await store.putObject(object, Readable.from([alter(await buffer(body))]), signal);
      return { isCompared: false };
    },
  });
}

it('reads again what a store keeps that compares nothing', async () => {
  const bytes = randomBytes(1000);
  let reads = 0;
  const store = trusting(opened.store);
  const counted = storeWith(store, {
    openRead: (key, options) => {
      reads += 1;
      return opened.store.openRead(key, options);
    },
  });
  expect(await putInto(counted, bytes)).toBe(true);
  expect([reads, await leftOf(bytes)]).toEqual([1, [READY]]);
});

it('takes nothing that such a store keeps otherwise, and lets the client send it again', async () => {
  const bytes = randomBytes(1000);
  const flipped = (sent: Buffer): Buffer =>
    Buffer.from(sent.map((byte, at) => (at === 500 ? byte ^ 1 : byte)));
  await expect(putInto(trusting(opened.store, flipped), bytes)).rejects.toBeInstanceOf(
    DependencyUnavailableError,
  );
  expect(await leftOf(bytes)).toEqual([GONE]);
});

it('leaves nothing when the store is away', async () => {
  const bytes = randomBytes(1000);
  const away = storeWith(opened.store, {
    putObject: () => Promise.reject(new DependencyUnavailableError('object-store')),
  });
  await expect(putInto(away, bytes)).rejects.toBeInstanceOf(DependencyUnavailableError);
  expect(await leftOf(bytes)).toEqual([GONE]);
});

it('records the upload before the first byte', async () => {
  const bytes = randomBytes(1000);
  let atFirstByte: Left[] = [];
  const store = storeWith(opened.store, {
    putObject: async (object, body, signal) => {
      atFirstByte = await leftOf(bytes);
      return opened.store.putObject(object, body, signal);
    },
  });
  await putInto(store, bytes);
  expect(atFirstByte).toEqual([{ state: 'created', isDiscarded: false, isBlob: false }]);
});

it('is over when its time is, and is removed then, also what is stored after that', async () => {
  const bytes = randomBytes(1000);
  const late = storeWith(opened.store, {
    putObject: async (object, body, signal) => {
      await opened.database.rows(`UPDATE upload_sessions SET expires_at = now() WHERE storage_key = $1`, [
        object.key,
      ]);
      return opened.store.putObject(object, body, signal);
    },
  });
  await expect(putInto(late, bytes)).rejects.toMatchObject({ code: 'upload-state' });
  const [left] = await leftOf(bytes);
  expect(left).toMatchObject({ isDiscarded: true, isBlob: false });
});

it('gives no object away whose upload was admitted although nobody heard of it', async () => {
  const bytes = randomBytes(1000);
  let calls = 0;
  const deaf = new Proxy(opened.database, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      if (name !== 'transaction' || typeof method !== 'function') {
        return typeof method === 'function' ? (method.bind(target) as unknown) : method;
      }
      return async (...given: unknown[]) => {
        const result: unknown = await (method.apply(target, given) as Promise<unknown>);
        calls += 1;
        // The second one admits.
        if (calls === 2) throw new DependencyUnavailableError('postgres');
        return result;
      };
    },
  });
  const uploads = new WholeUploads(deaf, opened.store, LIMITS, HEADER_INSPECTOR, TRAIL);
  const upload = {
    expectedDigest: digestOf(bytes),
    expectedSizeBytes: bytes.length,
    createdBy: PRINCIPAL,
    isVisible: () => Promise.resolve(false),
    body: () => Readable.from([bytes]),
    signal: new AbortController().signal,
  };
  await expect(uploads.put(upload)).rejects.toBeInstanceOf(DependencyUnavailableError);
  expect(await leftOf(bytes)).toEqual([READY]);
});

import { randomUUID } from 'node:crypto';
import { type ObjectStore, parseDigest, Uploads } from '@imgsrv/cas';
import {
  BlobVisibility,
  Images,
  isReferenced,
  Manifests,
  Overviews,
  parseLabel,
  TOKEN,
  Versions,
} from '@imgsrv/catalog';
import { purgeFinishedJobs } from '@imgsrv/jobs';
import type { Database } from '@imgsrv/platform';
import { AuditEventRepository } from '../../../libs/audit/src/audit-event.repository.js';
import { examineBlobs } from '../../../libs/cas/src/collection/candidate.repository.js';
import { readQuota } from '../../../libs/cas/src/quotas/quota.repository.js';
import { noteStrays } from '../../../libs/cas/src/strays/stray.repository.js';
import { listPending, lockExpired } from '../../../libs/cas/src/uploads/upload.repository.js';
import type { ImageId } from '../../../libs/catalog/src/names/names.js';
import {
  listFallenOut,
  listRetainedImages,
} from '../../../libs/catalog/src/retention/retention.repository.js';
import {
  listReleasable,
  restoreVersion,
  withdrawVersion,
} from '../../../libs/catalog/src/withdrawal/withdrawal.repository.js';
import { JobStore } from '../../../libs/jobs/src/job-store.js';
import { readQueueFigures } from '../../../libs/jobs/src/queue-figures.repository.js';
import type { BigCatalogueSize } from './big-catalogue.js';
import { digestOf, idOf, imageOf, publishedVersionOf } from './names.js';

/** Something that requests and jobs do often; the n-th time with other rows than the time before. */
export interface Operation {
  readonly name: string;
  run(n: number): Promise<unknown>;
}

const UNRECORDED = { record: () => Promise.resolve() };
const PAGE = { limit: 1000 };
const MINUTE_MS = 60_000;
const TEN_YEARS_MS = 3.2e11;
const JOB = { signal: new AbortController().signal, progressed: () => undefined };
const INGEST = { name: 'ingest_blob' };

export function operationsOn(database: Database, store: ObjectStore, size: BigCatalogueSize): Operation[] {
  return [
    ...searches(database),
    ...reads(database, size),
    ...uploads(database, store, size),
    ...work(database, size),
  ];
}

function searches(database: Database): Operation[] {
  const images = new Images(database, UNRECORDED);
  const overviews = new Overviews(database);
  const list = (name: string, search: Parameters<Images['list']>[2]): Operation => ({
    name: `list of images, ${name}`,
    run: () => images.list('anyone', PAGE, search),
  });
  const [common, rare] = ['debian', 'haiku'].map((name) => TOKEN.parse(name));
  const [amd64, riscv64, qcow2] = ['amd64', 'riscv64', 'qcow2'].map((name) => TOKEN.parse(name));
  return [
    list('all', {}),
    list('newest', { sort: 'newest' }),
    list('common system', { operatingSystem: common }),
    list('rare system', { operatingSystem: rare }),
    list('rare system, newest', { operatingSystem: rare, sort: 'newest' }),
    list('common architecture', { architecture: amd64 }),
    list('rare architecture', { architecture: riscv64 }),
    list('format', { format: qcow2 }),
    list('artifact', { operatingSystem: common, architecture: amd64, format: qcow2 }),
    list('common label', { label: parseLabel('channel=stable') }),
    list('rare label', { label: parseLabel('golden=yes') }),
    list('label and artifact', {
      label: parseLabel('channel=stable'),
      operatingSystem: common,
      architecture: amd64,
    }),
    list('visibility', { visibility: 'private' }),
    list('search', { text: 'the rare one' }),
    { name: 'page of images', run: () => overviews.list({}, 'anyone', { limit: 50 }) },
    { name: 'page of images, search', run: () => overviews.list({ text: 'rare' }, 'anyone', { limit: 50 }) },
    { name: 'page of drafts', run: () => overviews.listUnpublished('writer', 50) },
  ];
}

function reads(database: Database, size: BigCatalogueSize): Operation[] {
  const versions = new Versions(database, UNRECORDED, { maxDrafts: 0 });
  const manifests = new Manifests(database);
  const visibility = new BlobVisibility(database);
  const audit = new AuditEventRepository(database);
  const arm64 = TOKEN.parse('arm64');
  return [
    { name: 'list of versions', run: (n) => versions.list(imageOf(n, size), ['published'], 'writer', PAGE) },
    {
      name: 'list of versions, filters',
      run: (n) =>
        versions.list(imageOf(n, size), ['published'], 'writer', PAGE, {
          label: parseLabel('channel=stable'),
          architecture: arm64,
          sort: 'name',
        }),
    },
    {
      name: 'manifest',
      run: (n) => {
        const { image, version } = publishedVersionOf(n, size);
        return manifests.get(image, version, 'writer');
      },
    },
    { name: 'refs', run: (n) => manifests.getByRef(imageOf(n, size), 'latest', 'writer') },
    {
      name: 'blob by digest',
      run: (n) => visibility.isVisible(parseDigest(digestOf(1 + (n % size.blobs))), 'anyone'),
    },
    { name: 'audit list', run: () => audit.list({}, 100) },
    {
      name: 'audit list, principal',
      run: (n) => audit.list({ principalId: idOf('principal', 1 + (n % 200)) }, 100),
    },
    { name: 'audit list, denied', run: () => audit.list({ outcome: 'denied' }, 100) },
    { name: 'audit list, image', run: (n) => audit.list({ resource: `images/${imageOf(n, size)}` }, 100) },
  ];
}

function uploads(database: Database, store: ObjectStore, size: BigCatalogueSize): Operation[] {
  const limits = { ttlMs: MINUTE_MS, maxAgeMs: MINUTE_MS, maxSizeBytes: 1e12, quota: {} };
  const begun = new Uploads(database, store, limits, UNRECORDED);
  const principal = (n: number): string => idOf('principal', 1 + (n % 200));
  const begin = (digest: string, expectedSizeBytes: number, createdBy: string): Promise<unknown> =>
    begun.begin({ expectedDigest: parseDigest(digest), expectedSizeBytes, createdBy });
  return [
    {
      name: 'begin of an upload',
      run: (n) => begin(`sha256:${randomUUID().replaceAll('-', '').repeat(2)}`, 10, principal(n)),
    },
    {
      name: 'begin of an upload, known bytes',
      run: (n) => begin(digestOf(1 + (n % size.blobs)), 1025 + (n % size.blobs), principal(n)),
    },
    { name: 'uploads in flight', run: (n) => database.use((it) => listPending(it, principal(n), 50)) },
    { name: 'uploads in flight, all', run: () => database.use((it) => listPending(it, undefined, 50)) },
    { name: 'quota', run: (n) => database.use((it) => readQuota(it, principal(n), {})) },
  ];
}

function work(database: Database, size: BigCatalogueSize): Operation[] {
  const jobs = new JobStore(database);
  const hex = (n: number): string => `sha256:${(n % 256).toString(16).padStart(2, '0')}`;
  return [
    { name: 'claim', run: () => jobs.claim(['ingest_blob', 'publish_version'], 'worker', MINUTE_MS) },
    {
      name: "collection's batch",
      run: (n) => database.use((it) => examineBlobs(it, isReferenced, hex(n), 100)),
    },
    {
      name: "retention's images",
      run: () => database.use((it) => listRetainedImages(it, true, 100, undefined)),
    },
    {
      name: "retention's evaluation",
      run: (n) =>
        database.use((it) =>
          listFallenOut(it, idOf('image', 1 + (n % size.images)) as ImageId, { keepNewest: 10 }, 50),
        ),
    },
    { name: 'released versions', run: () => database.use((it) => listReleasable(it, 100)) },
    {
      name: 'withdraw and restore',
      run: (n) =>
        database.transaction(async (tx) => {
          const { id } = publishedVersionOf(n, size);
          await tx.rows('DELETE FROM aliases WHERE version_id = $1', [id]);
          await withdrawVersion(tx, id, { reason: 'broken', by: 'request', restoreWindowMs: MINUTE_MS });
          await restoreVersion(tx, id);
        }),
    },
    { name: 'metrics', run: () => database.use((it) => readQueueFigures(it, [INGEST])) },
    { name: 'expired uploads', run: () => database.transaction((tx) => lockExpired(tx, 100)) },
    {
      name: 'finished jobs',
      run: () =>
        purgeFinishedJobs(
          database,
          [{ ...INGEST, retention: { succeededMs: TEN_YEARS_MS, failedMs: TEN_YEARS_MS } }],
          JOB,
        ),
    },
    {
      name: "sweep's batch",
      run: (n) =>
        database.transaction((tx) =>
          noteStrays(
            tx,
            Array.from({ length: 100 }, (_, at) => ({ storageKey: `uploads/${n + at}` })),
            MINUTE_MS,
          ),
        ),
    },
  ];
}

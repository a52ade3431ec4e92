import { randomBytes, randomUUID } from 'node:crypto';
import { rename } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { makeQcow2 } from '../../libs/catalog/src/formats/fixtures/qcow2-bytes.js';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import type { UploadedBlob } from '../fixtures/upload-source.js';
import { fileOfSize } from '../faults/store-files.js';
import { executeSql } from '../support/execute-sql.js';
import { TestConnection } from '../support/test-connection.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';

jest.setTimeout(60_000);

let service: ContractService;

beforeAll(async () => {
  service = await startContractService({
    flags: ['--max-virtual-size', '1TiB', '--max-virtual-ratio', '500'],
  });
});
afterAll(() => service.stop());

interface PublishJob {
  readonly id: string;
  readonly state: string;
  readonly failed_step?: string;
  readonly failure_message?: string;
  readonly steps: readonly { readonly state: string; readonly attempt_count: number }[];
}

/** A draft of one artifact; gives the path of the version. */
async function draftOf(blob: UploadedBlob, format: string): Promise<string> {
  const image = `image-${randomUUID()}`;
  await service.publisher.createImage(image);
  await service.publisher.createVersion(image, '1.0');
  await service.publisher.addArtifact(image, '1.0', { format, blob });
  return `/v1/images/${image}/versions/1.0`;
}

async function publish(path: string): Promise<void> {
  expect((await service.writer.post(`${path}/publish`)).status).toBe(202);
}

async function jobOf(path: string): Promise<PublishJob> {
  return (await service.writer.get(`${path}/publish-job`)).json as PublishJob;
}

function ended(path: string): Promise<PublishJob> {
  return waitFor(
    async () => {
      const job = await jobOf(path);
      return ['succeeded', 'failed', 'canceled'].includes(job.state) ? job : undefined;
    },
    { timeoutMs: 25_000, what: 'the publish job to end' },
  );
}

function verdictsOf({ digest }: UploadedBlob): Promise<object[]> {
  return executeSql(service.running.databaseUrl, 'SELECT problem FROM content_verdicts WHERE digest = $1', [
    digest,
  ]);
}

const disk = (): Buffer => Buffer.concat([Buffer.alloc(512), randomBytes(100_000)]);

/** Takes the bytes of a blob away from the store while `work` runs. */
async function without<T>({ digest, sizeBytes }: UploadedBlob, work: () => Promise<T>): Promise<T> {
  const path = await fileOfSize(service.running.storageDir, digest, sizeBytes);
  await rename(path, `${path}.away`);
  try {
    return await work();
  } finally {
    await rename(`${path}.away`, path);
  }
}

it('says in the manifest what it found, and of a draft nothing', async () => {
  const [whole, plain] = [makeWholeQcow2(), disk()];
  whole.write(randomUUID(), 60_000);
  const blobs = {
    qcow2: await service.publisher.uploadFile(whole),
    raw: await service.publisher.uploadFile(plain),
  };
  const packed = await service.publisher.uploadFile(gzipSync(plain));
  const path = await draftOf(blobs.qcow2, 'qcow2');
  const [, image = ''] = /images\/([^/]+)/.exec(path) ?? [];
  await service.publisher.addArtifact(image, '1.0', { format: 'raw', blob: blobs.raw });
  await service.publisher.addArtifact(image, '1.0', { format: 'raw.gz', blob: packed });
  const found = async () => {
    const { artifacts } = (await service.writer.get(path)).json as {
      artifacts: { artifact: { format: string; detected?: object } }[];
    };
    return artifacts.map(({ artifact: { format, detected } }) => ({ format, detected }));
  };
  expect((await found()).map(({ detected }) => detected)).toEqual([undefined, undefined, undefined]);
  await publish(path);
  expect(await ended(path)).toMatchObject({ state: 'succeeded' });
  expect(await found()).toEqual([
    { format: 'qcow2', detected: { format: 'qcow2', virtual_size_bytes: 2 ** 20 } },
    { format: 'raw', detected: { format: 'raw', virtual_size_bytes: plain.length } },
    {
      format: 'raw.gz',
      detected: { format: 'raw', compression: 'gzip', virtual_size_bytes: plain.length },
    },
  ]);
});

it('refuses a disk that is larger for its guest than the service allows', async () => {
  const bytes = makeQcow2({ virtualSizeBytes: 2n ** 40n + 512n });
  bytes.write(randomUUID(), 60_000);
  const path = await draftOf(await service.publisher.uploadFile(bytes), 'qcow2');
  await publish(path);
  expect(await ended(path)).toMatchObject({
    state: 'failed',
    failed_step: 'validate_catalog',
    failure_message: expect.stringContaining(
      'Its disk has 1099511628288 bytes for a guest; this service publishes 1099511627776 at most.',
    ) as string,
  });
});

it('refuses a compressed disk that is larger for its guest than the service allows', async () => {
  const bytes = gzipSync(Buffer.concat([disk().subarray(0, 1000), Buffer.alloc(10_000_000)]), { level: 9 });
  const blob = await service.publisher.uploadFile(bytes);
  for (const again of [false, true]) {
    const path = await draftOf(blob, 'raw.gz');
    await publish(path);
    expect({ again, ...(await ended(path)) }).toMatchObject({
      state: 'failed',
      failed_step: 'validate_catalog',
      failure_message: expect.stringMatching(
        /Its disk has 10001000 bytes for a guest, more than 500 times its \d+ stored bytes/,
      ) as string,
    });
  }
});

it('refuses a qcow2 without its tables, and says so in the job and to nobody else', async () => {
  const bytes = makeQcow2({ virtualSizeBytes: 2n ** 20n });
  bytes.write(randomUUID(), 60_000);
  const blob = await service.publisher.uploadFile(bytes);
  const path = await draftOf(blob, 'qcow2');
  await publish(path);
  expect(await ended(path)).toMatchObject({
    state: 'failed',
    failed_step: 'validate_catalog',
    failure_message: expect.stringMatching(
      /^Artifact tiny \S+ default qcow2: The qcow2 image is cut off: .*; upload all of it\.$/,
    ) as string,
  });
  expect((await service.anonymous.get(path)).status).toBe(404);

  const again = await draftOf(blob, 'qcow2');
  await without(blob, async () => {
    await publish(again);
    expect(await ended(again)).toMatchObject({ state: 'failed', failed_step: 'validate_catalog' });
  });
});

it.each([
  ['nothing', () => Buffer.alloc(0), /has no bytes at all/],
  ['a page', () => Buffer.from(`<!doctype html><title>${randomUUID()}`), /are an HTML page/],
])('refuses %s as a raw disk', async (_what, bytes, reason) => {
  const path = await draftOf(await service.publisher.uploadFile(bytes()), 'raw');
  await publish(path);
  const job = await ended(path);
  expect([job.state, job.failure_message]).toEqual(['failed', expect.stringMatching(reason)]);
});

it('reads equal bytes once: a second image is published while nobody could read them', async () => {
  const blob = await service.publisher.uploadFile(disk());
  const [first, second] = [await draftOf(blob, 'raw'), await draftOf(blob, 'raw')];
  await publish(first);
  expect(await ended(first)).toMatchObject({ state: 'succeeded' });
  expect(await verdictsOf(blob)).toEqual([{ problem: null }]);
  await without(blob, async () => {
    await publish(second);
    expect(await ended(second)).toMatchObject({ state: 'succeeded' });
  });
});

it('does not take a store without the bytes for bytes that are wrong', async () => {
  const blob = await service.publisher.uploadFile(disk());
  const path = await draftOf(blob, 'raw');
  await without(blob, async () => {
    await publish(path);
    await waitFor(
      async () => {
        const [step] = (await jobOf(path)).steps;
        return step?.state === 'queued' && step.attempt_count > 0;
      },
      { timeoutMs: 25_000, what: 'an attempt to fail' },
    );
    expect(await verdictsOf(blob)).toEqual([]);
  });
  expect(await ended(path)).toMatchObject({ state: 'succeeded' });
});

it('ends at once when it is canceled in the middle of a check', async () => {
  const blob = await service.publisher.uploadFile(disk());
  const path = await draftOf(blob, 'raw');
  const connection = await TestConnection.open(service.running.databaseUrl);
  const canceling = connection.holding('LOCK TABLE content_verdicts IN EXCLUSIVE MODE', [], async () => {
    await publish(path);
    await waitFor(() => connection.blocksSomebody(), { what: 'the worker to keep its verdict' });
    const canceled = await service.writer.post(`/v1/publish-jobs/${(await jobOf(path)).id}/cancel`);
    expect(canceled).toMatchObject({ status: 200, members: { state: 'canceled' } });
  });
  await canceling.finally(() => connection.close());
  expect((await service.writer.get(path)).json).toMatchObject({ version: { state: 'draft' } });
  await publish(path);
  expect(await ended(path)).toMatchObject({ state: 'succeeded' });
});

import { randomBytes } from 'node:crypto';
import { makeWholeQcow2 } from '../../libs/catalog/src/formats/fixtures/whole-qcow2.js';
import { deltaBetween, encodeVcdiff } from '../../libs/catalog/src/deltas/vcdiff/fixtures/encode-vcdiff.js';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { makeSquashfs } from '../fixtures/squashfs-bytes.js';
import { executeSql } from '../support/execute-sql.js';
import { digestOf } from '../contract/upload-steps.js';
import { DeltaPublisher } from './delta-publisher.js';

let service: ContractService;
let publisher: DeltaPublisher;
const base = makeSquashfs();

beforeAll(async () => {
  service = await startContractService({ flags: ['--cas-promotion-poll-interval', '200ms'] });
  publisher = new DeltaPublisher(service.writer);
  expect(await publisher.publish('1.0', { root: base })).toMatchObject({ state: 'succeeded' });
}, 60_000);

afterAll(() => service.stop(), 60_000);

/** An image that has some bytes of its own and all others of the base. */
function next(of: Buffer = base): Buffer {
  return Buffer.concat([of.subarray(0, 20_000), randomBytes(100), of.subarray(20_100)]);
}

async function checksOf(delta: Buffer): Promise<unknown[]> {
  return executeSql(
    service.running.databaseUrl,
    `SELECT c.base_digest FROM delta_checks c JOIN attachments t ON t.id = c.attachment_id WHERE t.blob_digest = $1`,
    [digestOf(delta)],
  );
}

it('publishes a delta that makes its artifact, and shows its base in the manifest', async () => {
  const root = next();
  const delta = deltaBetween(base, root);
  expect(await publisher.publish('1.1', { root, delta: { bytes: delta, base: '1.0' } })).toMatchObject({
    state: 'succeeded',
  });
  expect(await checksOf(delta)).toEqual([{ base_digest: digestOf(base) }]);
  const { members } = await service.anonymous.get(`/v1/images/${publisher.image}/refs/1.1`);
  const [entry] = members.artifacts as [{ attachments: object[] }];
  expect(entry.attachments).toContainEqual(
    expect.objectContaining({ name: 'squashfs.vcdiff', base_version: '1.0', blob_digest: digestOf(delta) }),
  );
});

it('publishes a delta of a disk', async () => {
  const disk = makeWholeQcow2();
  disk.write('one', 7 * 4096);
  const other = Buffer.from(disk);
  other.write('two', 7 * 4096);
  expect(await publisher.publish('disk-1', { root: disk, format: 'qcow2' })).toMatchObject({
    state: 'succeeded',
  });
  const delta = { bytes: deltaBetween(disk, other), base: 'disk-1' };
  expect(await publisher.publish('disk-2', { root: other, format: 'qcow2', delta })).toMatchObject({
    state: 'succeeded',
  });
});

describe('a publish fails', () => {
  const other = makeSquashfs();

  it.each<[string, (root: Buffer) => Buffer, RegExp]>([
    [
      'of what is no VCDIFF',
      () => randomBytes(100),
      /cannot be applied to the version 1\.0: it is no VCDIFF/,
    ],
    ['of an empty file', () => Buffer.alloc(0), /cannot be applied to the version 1\.0: it is empty/],
    ['of a delta that is cut off', (root) => deltaBetween(base, root).subarray(0, -1), /it is cut off/],
    [
      'of a delta of other bytes',
      (root) => deltaBetween(other, root.subarray(0, 9)),
      /other bytes than those of its/,
    ],
    [
      'of a delta of a longer base',
      () =>
        encodeVcdiff({
          windows: [{ segment: { offset: 1e6, lengthBytes: 9 }, steps: [{ copy: 9, from: 0 }] }],
        }),
      /it was made of another file/,
    ],
    [
      'of a delta of another target',
      () => deltaBetween(base, next()),
      /Applied to the version 1\.0 it makes other bytes than those of its artifact/,
    ],
    [
      'of a delta that would fill a disk',
      () =>
        encodeVcdiff({ windows: Array.from({ length: 99 }, () => ({ steps: [{ run: 2 ** 24, byte: 0 }] })) }),
      /makes more than the \d+ bytes of its artifact/,
    ],
  ])('%s', async (what, deltaOf, message) => {
    const version = `bad-${what.replaceAll(' ', '-')}`;
    const root = next();
    const bytes = deltaOf(root);
    const job = await publisher.publish(version, { root, delta: { bytes, base: '1.0' } });
    expect(job).toMatchObject({ state: 'failed', failed_step: 'validate_catalog' });
    expect(job.failure_message).toMatch(message);
    expect(job.failure_message).toMatch(
      /^Attachment squashfs\.vcdiff of artifact debian x86_64 default squashfs: /,
    );
    expect(await checksOf(bytes)).toEqual([]);
  });

  it('of a base that is withdrawn meanwhile', async () => {
    await publisher.publish('short', { root: makeSquashfs() });
    const root = next();
    const failed = await publisher.publish('late', { root, delta: { bytes: randomBytes(9), base: 'short' } });
    expect(failed.failure_message).toContain('it is no VCDIFF');
    const admin = await enroll(service, ['content-writer', 'content-admin']);
    await admin.post(`${publisher.pathOf('short')}/withdrawal`, { reason: 'broken' });
    const { members } = await service.writer.get(`${publisher.pathOf('late')}/publish-job`);
    expect((await service.writer.post(`/v1/publish-jobs/${String(members.id)}/retry`)).status).toBe(202);
    const again = await publisher.ended('late');
    expect(again.failure_message).toContain('It is a delta of the version short, which was withdrawn.');
  });
});

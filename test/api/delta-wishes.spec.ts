import { randomBytes } from 'node:crypto';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { digestOf } from '../contract/upload-steps.js';
import { makeSquashfs } from '../fixtures/squashfs-bytes.js';
import { executeSql } from '../support/execute-sql.js';
import type { Answer } from '../support/http-client.js';
import { artifactOf, attachmentOf, DeltaPublisher } from './delta-publisher.js';

const INVALID = 'urn:imgsrv:problem:invalid-delta';
const UNUSABLE = 'urn:imgsrv:problem:delta-base-unusable';

let service: ContractService;
let publisher: DeltaPublisher;
const base = makeSquashfs();
const metadata = randomBytes(10);

beforeAll(async () => {
  service = await startContractService({ flags: ['--cas-promotion-poll-interval', '200ms'] });
  publisher = new DeltaPublisher(service.writer);
  expect(await publisher.publish('1.0', { root: base })).toMatchObject({ state: 'succeeded' });
}, 60_000);

afterAll(() => service.stop(), 60_000);

function refusal({ status, members: { type, detail } }: Answer) {
  return [status, type, String(detail)];
}

async function createDraft(version: string): Promise<string> {
  await service.writer.post(`/v1/images/${publisher.image}/versions`, { version });
  return `${publisher.pathOf(version)}/artifacts`;
}

describe('a declaration is refused', () => {
  it.each(['raw', 'raw.gz', 'rootfs.tar.xz', 'incus.tar.gz'])('of a delta of %s', async (format) => {
    const { attachments, ...artifact } = artifactOf({ root: base, deltaFrom: '1.0' }, metadata);
    const wrong = { ...artifact, format };
    expect(attachments).toHaveLength(1);
    const artifacts = await createDraft(`of-${format}`);
    const expected = [
      400,
      INVALID,
      `Deltas are made for squashfs and qcow2, not for ${format}. Leave delta_from out.`,
    ];
    expect(refusal(await service.writer.post(artifacts, wrong))).toEqual(expected);
    const release = { artifacts: [wrong] };
    expect(refusal(await service.writer.post(`${publisher.pathOf('refused')}/release`, release))).toEqual(
      expected,
    );
    const created = await service.writer.post(artifacts, { ...wrong, delta_from: undefined });
    const changed = await service.writer.patch(`${artifacts}/${String(created.members.id)}`, {
      delta_from: '1.0',
    });
    expect(refusal(changed)).toEqual(expected);
  });

  it.each(['../1.0', '', 7, {}, ['1.0']])('of a delta of the version %j', async (deltaFrom) => {
    const artifact = { ...artifactOf({ root: base }, metadata), delta_from: deltaFrom };
    const release = { artifacts: [artifact] };
    const answer = await service.writer.post(`${publisher.pathOf('refused')}/release`, release);
    expect([answer.status, answer.members.type]).toEqual([400, 'urn:imgsrv:problem:invalid-request']);
  });

  it('of a delta that is attached beside one that is to be made, in whichever order', async () => {
    const delta = attachmentOf('squashfs.vcdiff', randomBytes(9), '1.0');
    const { attachments, ...artifact } = artifactOf({ root: base, deltaFrom: '1.0' }, metadata);
    const expected = [
      400,
      INVALID,
      'An artifact has either delta_from, of which its delta is made, or the attachment squashfs.vcdiff, not both.',
    ];
    const release = { artifacts: [{ ...artifact, attachments: [...attachments, delta] }] };
    expect(refusal(await service.writer.post(`${publisher.pathOf('refused')}/release`, release))).toEqual(
      expected,
    );
    const artifacts = await createDraft('both');
    const { members } = await service.writer.post(artifacts, artifact);
    expect(members.delta_from).toBe('1.0');
    const path = `${artifacts}/${String(members.id)}`;
    expect(refusal(await service.writer.post(`${path}/attachments`, delta))).toEqual(expected);
    expect((await service.writer.patch(path, { delta_from: null })).members).not.toHaveProperty('delta_from');
    expect((await service.writer.post(`${path}/attachments`, delta)).status).toBe(201);
    expect(refusal(await service.writer.patch(path, { delta_from: '1.0' }))).toEqual(expected);
  });
});

describe('a publish is refused', () => {
  async function refusalOf(version: string, deltaFrom: string) {
    return refusal(await publisher.release(version, { root: makeSquashfs(), deltaFrom }));
  }

  const unusable = (version: string, reason: string) => [
    412,
    UNUSABLE,
    `The publish is to make squashfs.vcdiff out of the version ${version}, ${reason}.`,
  ];

  it('of a base that nobody made', async () => {
    expect(await refusalOf('2.0', '0.1')).toEqual(unusable('0.1', 'which this image does not have'));
  });

  it('of a base of another image', async () => {
    const other = new DeltaPublisher(service.writer);
    await other.publish('of-another', { root: makeSquashfs() });
    expect(await refusalOf('2.0', 'of-another')).toEqual(
      unusable('of-another', 'which this image does not have'),
    );
  });

  it('of a base that is a draft', async () => {
    await createDraft('drafted');
    expect(await refusalOf('2.0', 'drafted')).toEqual(unusable('drafted', 'which is not published'));
  });

  it('of a base that is withdrawn', async () => {
    await publisher.publish('gone', { root: makeSquashfs() });
    const admin = await enroll(service, ['content-writer', 'content-admin']);
    await admin.post(`${publisher.pathOf('gone')}/withdrawal`, { reason: 'broken' });
    expect(await refusalOf('2.0', 'gone')).toEqual(unusable('gone', 'which was withdrawn'));
  });

  it('of itself as the base', async () => {
    expect(await refusalOf('2.0', '2.0')).toEqual(unusable('2.0', 'which is this version itself'));
  });

  it('also of a draft, which stays one', async () => {
    const artifacts = await createDraft('2.1');
    const root = makeSquashfs();
    await publisher.upload(root);
    const { attachments, ...artifact } = artifactOf({ root, deltaFrom: '0.2' }, root);
    expect(attachments).toHaveLength(1);
    expect((await service.writer.post(artifacts, artifact)).status).toBe(201);
    const refused = await service.writer.post(`${publisher.pathOf('2.1')}/publish`);
    expect(refusal(refused)).toEqual(unusable('0.2', 'which this image does not have'));
    expect((await service.writer.get(publisher.pathOf('2.1'))).members).toMatchObject({
      version: { state: 'draft' },
    });
  });
});

it('is no ground for anybody to attach a delta to a draft', async () => {
  const artifacts = await createDraft('2.2');
  const { attachments, ...artifact } = artifactOf({ root: base, deltaFrom: '1.0' }, metadata);
  const { members } = await service.writer.post(artifacts, artifact);
  expect(attachments).toHaveLength(1);
  const insert = `INSERT INTO attachments (artifact_id, name, media_type, blob_digest, blob_size_bytes, bound_blob_digest,
                                           is_generated, base_version)
    SELECT $1, 'squashfs.vcdiff', 'a/b', digest, size_bytes, digest, true, '1.0' FROM blobs WHERE digest = $2`;
  await expect(
    executeSql(service.running.databaseUrl, insert, [String(members.id), digestOf(base)]),
  ).rejects.toThrow('cannot be generated');
});

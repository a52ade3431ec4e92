import { randomBytes } from 'node:crypto';
import { type ContractService, enroll, startContractService } from '../contract/contract-service.js';
import { makeSquashfs } from '../fixtures/squashfs-bytes.js';
import { artifactOf, attachmentOf, DeltaPublisher } from './delta-publisher.js';

const INVALID = 'urn:imgsrv:problem:invalid-delta';
const UNUSABLE = 'urn:imgsrv:problem:delta-base-unusable';
const TOO_LARGE = 'urn:imgsrv:problem:delta-too-large';

let service: ContractService;
let publisher: DeltaPublisher;
const base = makeSquashfs();

beforeAll(async () => {
  service = await startContractService({ flags: ['--cas-promotion-poll-interval', '200ms'] });
  publisher = new DeltaPublisher(service.writer);
  expect(await publisher.publish('1.0', { root: base })).toMatchObject({ state: 'succeeded' });
}, 60_000);

afterAll(() => service.stop(), 60_000);

describe('a declaration is refused', () => {
  it.each([
    ['without a base', 'squashfs.vcdiff', undefined, INVALID, /Say as base_version/],
    ['of a file that is no delta', 'notes.txt', '1.0', INVALID, /Only squashfs\.vcdiff/],
    [
      'for another format',
      'disk-kvm.img.vcdiff',
      '1.0',
      INVALID,
      /makes artifacts of qcow2, not of squashfs/,
    ],
    ['with a base that is no name', 'squashfs.vcdiff', '../1.0', 'urn:imgsrv:problem:invalid-request', /./],
    ['with an empty base', 'squashfs.vcdiff', '', 'urn:imgsrv:problem:invalid-request', /./],
  ])('%s', async (_what, name, baseVersion, type, detail) => {
    const draft = new DeltaPublisher(service.writer);
    const root = makeSquashfs();
    await service.writer.post('/v1/images', { name: draft.image });
    await service.writer.post(`/v1/images/${draft.image}/versions`, { version: '2.0' });
    const { attachments, ...artifact } = artifactOf({ root }, root);
    expect(attachments).toHaveLength(1);
    const created = await service.writer.post(`${draft.pathOf('2.0')}/artifacts`, artifact);
    const attachment = attachmentOf(name, randomBytes(9), baseVersion);
    const attached = await service.writer.post(
      `${draft.pathOf('2.0')}/artifacts/${String(created.members.id)}/attachments`,
      attachment,
    );
    expect([attached.status, attached.members.type]).toEqual([400, type]);
    expect(String(attached.members.detail)).toMatch(detail);
    const released = await service.writer.post(`${draft.pathOf('3.0')}/release`, {
      artifacts: [{ ...artifact, attachments: [attachment] }],
    });
    expect([released.status, released.members.type]).toEqual([400, type]);
  });

  it('of a second delta for one artifact', async () => {
    const delta = attachmentOf('squashfs.vcdiff', randomBytes(9), '1.0');
    const artifact = {
      ...artifactOf({ root: base }, base),
      attachments: [delta, { ...delta, base_version: '0.9' }],
    };
    const released = await service.writer.post(`${publisher.pathOf('twice')}/release`, {
      artifacts: [artifact],
    });
    expect([released.status, released.members.type]).toEqual([400, 'urn:imgsrv:problem:invalid-release']);
  });
});

describe('a publish is refused', () => {
  const small = randomBytes(100);

  /** What a release with a delta of this base is answered with. */
  async function refusalOf(
    version: string,
    baseVersion: string,
    more: { bytes?: Buffer; root?: Buffer; variant?: string } = {},
  ) {
    const { bytes = small, root = makeSquashfs(), variant } = more;
    const answer = await publisher.release(version, {
      root,
      ...(variant === undefined ? {} : { variant }),
      delta: { bytes, base: baseVersion },
    });
    const { type, detail, base_version, attachment } = answer.members;
    return [answer.status, type, String(detail), base_version, attachment];
  }

  const unusable = (baseVersion: string, reason: string) => [
    412,
    UNUSABLE,
    `The attachment squashfs.vcdiff is a delta of the version ${baseVersion}, ${reason}.`,
    baseVersion,
    'squashfs.vcdiff',
  ];

  it('of a base that nobody made', async () => {
    expect(await refusalOf('2.0', '0.1')).toEqual(unusable('0.1', 'which this image does not have'));
  });

  it('of a base of another image', async () => {
    const other = new DeltaPublisher(service.writer);
    await other.publish('of-another', { root: makeSquashfs() });
    expect(await refusalOf('2.1', 'of-another')).toEqual(
      unusable('of-another', 'which this image does not have'),
    );
  });

  it('of a base that is a draft, and of one that is deleted then', async () => {
    await service.writer.post(`/v1/images/${publisher.image}/versions`, { version: 'drafted' });
    expect(await refusalOf('2.2', 'drafted')).toEqual(unusable('drafted', 'which is not published'));
    await service.writer.send('DELETE', publisher.pathOf('drafted'));
    expect(await refusalOf('2.2', 'drafted')).toEqual(unusable('drafted', 'which this image does not have'));
  });

  it('of a base that is withdrawn', async () => {
    await publisher.publish('gone', { root: makeSquashfs() });
    const admin = await enroll(service, ['content-writer', 'content-admin']);
    const withdrawn = await admin.post(`${publisher.pathOf('gone')}/withdrawal`, { reason: 'broken' });
    expect(withdrawn.status).toBe(200);
    expect(await refusalOf('2.3', 'gone')).toEqual(unusable('gone', 'which was withdrawn'));
  });

  it('of itself as the base', async () => {
    expect(await refusalOf('2.4', '2.4')).toEqual(unusable('2.4', 'which is this version itself'));
  });

  it('of a base without such an artifact', async () => {
    expect(await refusalOf('2.5', '1.0', { variant: 'cloud' })).toEqual(
      unusable('1.0', 'which has no artifact debian x86_64 cloud squashfs'),
    );
  });

  it('of a base with the same bytes', async () => {
    expect(await refusalOf('2.6', '1.0', { root: base })).toEqual(
      unusable('1.0', 'which has the same bytes already'),
    );
  });

  it('of more than 60 % of the file', async () => {
    const root = makeSquashfs();
    const most = Math.floor(root.length * 0.6);
    const answer = await publisher.release('2.7', {
      root,
      delta: { bytes: randomBytes(most + 1), base: '1.0' },
    });
    expect([answer.status, answer.members.type, answer.members.max_bytes]).toEqual([409, TOO_LARGE, most]);
  });

  it('also of a draft, which stays one', async () => {
    const path = `/v1/images/${publisher.image}/versions`;
    await service.writer.post(path, { version: '2.8' });
    const root = makeSquashfs();
    await publisher.upload(root);
    await publisher.upload(small);
    const { attachments, ...artifact } = artifactOf({ root }, root);
    const created = await service.writer.post(`${path}/2.8/artifacts`, artifact);
    const attached = await service.writer.post(
      `${path}/2.8/artifacts/${String(created.members.id)}/attachments`,
      attachmentOf('squashfs.vcdiff', small, '0.2'),
    );
    expect(attachments).toHaveLength(1);
    expect([attached.status, attached.members.base_version]).toEqual([201, '0.2']);
    const refused = await service.writer.post(`${path}/2.8/publish`);
    expect([refused.status, refused.members.type]).toEqual([412, UNUSABLE]);
    expect((await service.writer.get(`${path}/2.8`)).members).toMatchObject({ version: { state: 'draft' } });
  });
});

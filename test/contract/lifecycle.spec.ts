import { randomBytes, randomUUID } from 'node:crypto';
import { type Answer, HttpClient } from '../support/http-client.js';
import { type ContractService, enroll, startContractService } from './contract-service.js';

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const WINDOW_MS = 30 * 86_400_000;

let service: ContractService;
let anonymous: HttpClient;
let writer: HttpClient;
/** Withdraws as well. */
let admin: HttpClient;

beforeAll(async () => {
  service = await startContractService();
  ({ anonymous, writer } = service);
  admin = await enroll(service, ['content-writer', 'content-admin']);
}, 60_000);

afterAll(() => service.stop(), 60_000);

interface Published {
  readonly image: string;
  readonly path: string;
  readonly artifact: string;
  readonly digest: string;
}

async function newImage(): Promise<string> {
  const image = `image-${randomUUID()}`;
  await service.publisher.createImage(image);
  return image;
}

async function publish(image: string, version: string): Promise<Published> {
  const blob = await service.publisher.uploadFile(randomBytes(300));
  await service.publisher.createVersion(image, version);
  const { id } = await service.publisher.addArtifact(image, version, { format: 'raw', blob });
  await service.publisher.publish(image, version);
  const path = `/v1/images/${image}/versions/${version}`;
  return { image, path, artifact: `${path}/artifacts/${id}`, digest: blob.digest };
}

async function published(version = '1'): Promise<Published> {
  return publish(await newImage(), version);
}

const problem = (code: string, status: number, more: object = {}) => ({
  status,
  members: { type: `urn:imgsrv:problem:${code}`, ...more },
});

/** All that anybody can read of a version. */
async function readAll({ image, path, artifact, digest }: Published): Promise<object[]> {
  const [, version = ''] = path.split('/versions/');
  const reads = [path, `${path}/artifacts`, artifact, `${artifact}/download`, `/v1/blobs/${digest}`];
  const lists = ['/v1/images', `/v1/images/${image}`, `/v1/images/${image}/versions`];
  const answers = [];
  for (const target of [...reads, `/v1/images/${image}/refs/${version}`, ...lists]) {
    const { status, bytes } = await anonymous.get(target);
    answers.push({ target, status, body: bytes.toString() });
  }
  return answers;
}

describe('a deprecated version', () => {
  it('is served as before, and marked in manifests and lists until that is taken back', async () => {
    const old = await published();
    await publish(old.image, '2');
    const before = await readAll(old);
    const said = { reason: 'Use the other.', successor: '2' };
    const marked = await writer.post(`${old.path}/deprecation`, said);
    const deprecation = { ...said, deprecated_at: TIME };
    expect(marked).toMatchObject({ status: 200, members: { state: 'published', deprecation } });
    expect((await anonymous.get(old.path)).members).toMatchObject({ version: { deprecation } });
    const { members } = await anonymous.get(`/v1/images/${old.image}/versions`);
    expect(members).toMatchObject({ versions: [{ version: '2' }, { version: '1', deprecation }] });
    expect((await anonymous.get(`${old.artifact}/download`)).status).toBe(200);
    const again = await writer.post(`${old.path}/deprecation`, { reason: 'Because.' });
    expect(again.members.deprecation).toEqual({
      reason: 'Because.',
      deprecated_at: (marked.members.deprecation as { deprecated_at: string }).deprecated_at,
    });
    for (const round of [1, 2]) {
      expect([round, (await writer.delete(`${old.path}/deprecation`)).status]).toEqual([round, 204]);
    }
    expect(await readAll(old)).toEqual(before);
  });

  it.each<[string, object, object]>([
    ['without a reason', {}, problem('invalid-request', 400)],
    ['with blanks for a reason', { reason: ' \n' }, problem('invalid-request', 400)],
    ['with a reason without end', { reason: 'x'.repeat(1025) }, problem('invalid-request', 400)],
    ['in favour of itself', { reason: 'r', successor: '1' }, problem('same-version', 400)],
    ['in favour of what is absent', { reason: 'r', successor: '9' }, problem('version-not-found', 404)],
    [
      'in favour of a draft',
      { reason: 'r', successor: 'draft' },
      problem('version-not-published', 412, { current_state: 'draft' }),
    ],
  ])('is not made %s', async (_what, body, refusal) => {
    const { image, path } = await published();
    await service.publisher.createVersion(image, 'draft');
    expect(await writer.post(`${path}/deprecation`, body)).toMatchObject(refusal);
  });

  it('is never a draft', async () => {
    const image = await newImage();
    await service.publisher.createVersion(image, '1');
    const path = `/v1/images/${image}/versions/1/deprecation`;
    const refusal = problem('version-not-published', 412, { current_state: 'draft' });
    expect(await writer.post(path, { reason: 'r' })).toMatchObject(refusal);
    expect(await writer.delete(path)).toMatchObject(refusal);
  });
});

describe('a withdrawn version', () => {
  it('is gone everywhere at once, says why, and comes back exactly as it was', async () => {
    const taken = await published();
    await publish(taken.image, '2');
    const before = await readAll(taken);
    const answer = await admin.post(`${taken.path}/withdrawal`, { reason: 'It held a key.' });
    const withdrawal = {
      reason: 'It held a key.',
      by: 'request',
      withdrawn_at: TIME,
      restorable_until: TIME,
    };
    expect(answer).toMatchObject({ status: 200, members: { state: 'withdrawn', withdrawal } });
    const given = answer.members.withdrawal as Record<'withdrawn_at' | 'restorable_until', string>;
    expect(Date.parse(given.restorable_until) - Date.parse(given.withdrawn_at)).toBe(WINDOW_MS);

    const gone = problem('version-withdrawn', 410, {
      reason: 'It held a key.',
      withdrawn_at: given.withdrawn_at,
    });
    const refs = `/v1/images/${taken.image}/refs/1`;
    for (const path of [
      taken.path,
      `${taken.path}/artifacts`,
      taken.artifact,
      `${taken.artifact}/download`,
      refs,
    ]) {
      for (const caller of [anonymous, admin]) {
        expect([path, await caller.get(path)]).toMatchObject([path, gone]);
      }
    }
    expect((await anonymous.head(`${taken.artifact}/download`)).status).toBe(410);
    expect((await anonymous.get(`/v1/blobs/${taken.digest}`)).status).toBe(404);
    const list = `/v1/images/${taken.image}/versions`;
    const names = async (caller: HttpClient, query = '') =>
      ((await caller.get(`${list}${query}`)).members.versions as { version: string }[]).map(
        ({ version }) => version,
      );
    expect(await names(anonymous)).toEqual(['2']);
    expect(await names(anonymous, '?state=withdrawn')).toEqual([]);
    expect(await names(writer, '?state=withdrawn')).toEqual(['1']);

    expect((await admin.delete(`${taken.path}/withdrawal`)).status).toBe(204);
    expect(await readAll(taken)).toEqual(before);
  });

  it('says so also when nothing else of its image is published', async () => {
    const taken = await published();
    await admin.post(`${taken.path}/withdrawal`, { reason: 'r' });
    expect((await anonymous.get(`/v1/images/${taken.image}`)).status).toBe(404);
    expect(await anonymous.get(taken.path)).toMatchObject(problem('version-withdrawn', 410));
    expect(await anonymous.get(`/v1/images/${taken.image}/refs/1`)).toMatchObject(
      problem('version-withdrawn', 410),
    );
  });

  it('keeps its name, and nothing can be done to it but restore it', async () => {
    const taken = await published();
    await publish(taken.image, '2');
    await admin.post(`${taken.path}/withdrawal`, { reason: 'r' });
    const versions = `/v1/images/${taken.image}/versions`;
    expect(await writer.post(versions, { version: '1' })).toMatchObject(problem('version-exists', 409));
    expect(await writer.post(`${taken.path}/publish`)).toMatchObject(problem('version-withdrawn', 410));
    expect(await writer.post(`${taken.path}/deprecation`, { reason: 'r' })).toMatchObject(
      problem('version-withdrawn', 410),
    );
    expect(await admin.post(`${taken.path}/withdrawal`, { reason: 'again' })).toMatchObject(
      problem('version-withdrawn', 410, { reason: 'r' }),
    );
    expect(await writer.delete(taken.path)).toMatchObject(
      problem('version-not-draft', 412, { current_state: 'withdrawn' }),
    );
    const aliases = `/v1/images/${taken.image}/aliases`;
    expect(await writer.put(`${aliases}/stable`, { version: '1' })).toMatchObject(
      problem('version-not-published', 412, { current_state: 'withdrawn' }),
    );
    expect(await writer.put(`${aliases}/1`, { version: '2' })).toMatchObject(problem('name-taken', 409));
    expect(await writer.delete(`/v1/images/${taken.image}`)).toMatchObject(problem('image-not-empty', 409));
    expect((await writer.get(`${taken.path}/publish-job`)).members).toMatchObject({ state: 'succeeded' });
  });

  it('gives its aliases to another version, when that is said', async () => {
    const taken = await published();
    await publish(taken.image, '2');
    await service.publisher.createVersion(taken.image, 'draft');
    const aliases = ['latest', 'stable'];
    for (const alias of aliases) {
      await service.publisher.setAlias(taken.image, alias, '1');
    }
    const path = `${taken.path}/withdrawal`;
    const withTarget = (target: string): Promise<Answer> =>
      admin.post(path, { reason: 'r', move_aliases_to: target });
    expect(await admin.post(path, { reason: 'r' })).toMatchObject(
      problem('version-aliased', 409, { aliases }),
    );
    expect(await withTarget('1')).toMatchObject(problem('same-version', 400));
    expect(await withTarget('9')).toMatchObject(problem('version-not-found', 404));
    expect(await withTarget('draft')).toMatchObject(problem('version-not-published', 412));
    expect((await anonymous.get(taken.path)).status).toBe(200);
    expect(await withTarget('2')).toMatchObject({ status: 200 });
    for (const alias of aliases) {
      const found = await anonymous.get(`/v1/images/${taken.image}/refs/${alias}`);
      expect(found.members).toMatchObject({ version: { version: '2' } });
    }
  });

  it.each<[string, object]>([
    ['without a reason', {}],
    ['with null for a reason', { reason: null }],
    ['with blanks for a reason', { reason: '  ' }],
    ['with a field that nobody knows', { reason: 'r', force: true }],
  ])('is not made %s', async (_what, body) => {
    const { path } = await published();
    expect(await admin.post(`${path}/withdrawal`, body)).toMatchObject(problem('invalid-request', 400));
    expect((await anonymous.get(path)).status).toBe(200);
  });

  it('is never a draft, and what is not withdrawn cannot be restored', async () => {
    const { image, path } = await published();
    await service.publisher.createVersion(image, 'draft');
    const draft = `/v1/images/${image}/versions/draft/withdrawal`;
    expect(await admin.post(draft, { reason: 'r' })).toMatchObject(
      problem('version-not-published', 412, { current_state: 'draft' }),
    );
    expect(await admin.delete(draft)).toMatchObject(problem('version-not-withdrawn', 412));
    expect(await admin.delete(`${path}/withdrawal`)).toMatchObject(
      problem('version-not-withdrawn', 412, { current_state: 'published' }),
    );
  });

  it('is made by a content-admin only', async () => {
    const { image, path } = await published();
    for (const caller of [writer, service.manager]) {
      expect(await caller.post(`${path}/withdrawal`, { reason: 'r' })).toMatchObject(
        problem('forbidden', 403),
      );
      expect(await caller.put(`/v1/images/${image}/retention`, { keep_newest: 1 })).toMatchObject(
        problem('forbidden', 403),
      );
    }
  });

  it('is in the audit log with its aliases, its reason and its end', async () => {
    const taken = await published();
    await publish(taken.image, '2');
    await service.publisher.setAlias(taken.image, 'stable', '1');
    await admin.post(`${taken.path}/withdrawal`, { reason: 'It held a key.', move_aliases_to: '2' });
    await admin.delete(`${taken.path}/withdrawal`);
    const of = async (resource: string): Promise<unknown> =>
      (
        (await service.manager.get(`/v1/audit-events?resource=${resource}`)).members.audit_events as object[]
      ).slice(0, 3);
    const resource = taken.path.slice('/v1/'.length);
    expect(await of(resource)).toMatchObject([
      { action: 'version.restore', before: { state: 'withdrawn' }, after: { state: 'published' } },
      {
        action: 'version.withdraw',
        before: { state: 'published' },
        after: { state: 'withdrawn', by: 'request', reason: 'It held a key.' },
      },
      { action: 'version.published' },
    ]);
    expect(await of(`images/${taken.image}/aliases/stable`)).toMatchObject([
      { action: 'alias.move', before: { version: '1' }, after: { version: '2' } },
      { action: 'alias.create' },
    ]);
  });
});

describe('an image', () => {
  it('is deleted with its drafts while nothing of it was ever published', async () => {
    const image = await newImage();
    await service.publisher.createVersion(image, '1');
    expect((await writer.delete(`/v1/images/${image}`)).status).toBe(204);
    expect((await writer.get(`/v1/images/${image}`)).status).toBe(404);
    expect(await writer.delete(`/v1/images/${image}`)).toMatchObject(problem('image-not-found', 404));
    expect((await writer.post('/v1/images', { name: image })).status).toBe(201);
  });

  it('stays with something published', async () => {
    const { image } = await published();
    const versions = { publishing: 0, published: 1, withdrawn: 0 };
    expect(await writer.delete(`/v1/images/${image}`)).toMatchObject(
      problem('image-not-empty', 409, { versions }),
    );
  });
});

describe('a retention policy', () => {
  it.each<[string, object, string]>([
    ['keeps nothing', {}, 'invalid-retention'],
    ['keeps nothing but what aliases name', { keep_aliased: true }, 'invalid-retention'],
    ['keeps none of the newest', { keep_newest: 0 }, 'invalid-request'],
    ['keeps a fraction', { keep_newest: 1.5 }, 'invalid-request'],
    ['keeps no time', { keep_newest: 1, keep_younger_than: '0d' }, 'invalid-request'],
    ['keeps a time without unit', { keep_younger_than: '90' }, 'invalid-request'],
    ['takes what aliases name', { keep_newest: 1, keep_aliased: false }, 'invalid-request'],
  ])('is refused when it %s', async (_what, body, code) => {
    const path = `/v1/images/${await newImage()}/retention`;
    expect(await admin.put(path, body)).toMatchObject(problem(code, 400));
    expect(await writer.get(path)).toMatchObject(problem('retention-not-found', 404));
    expect(await writer.get(`${path}/preview`)).toMatchObject(problem('retention-not-found', 404));
  });

  it('is shown, replaced and taken away', async () => {
    const path = `/v1/images/${await newImage()}/retention`;
    const first = { keep_newest: 5, keep_younger_than: '90d', keep_aliased: true };
    expect(await admin.put(path, first)).toMatchObject({ status: 200, members: first });
    expect((await writer.get(path)).members).toEqual({ ...first, source: 'image' });
    await admin.put(path, { keep_younger_than: '24h' });
    expect((await writer.get(path)).members).toEqual({
      keep_younger_than: '1d',
      keep_aliased: true,
      source: 'image',
    });
    expect((await admin.delete(path)).status).toBe(204);
    expect((await admin.delete(path)).status).toBe(204);
    expect(await writer.get(path)).toMatchObject(problem('retention-not-found', 404));
  });

  it('previews what goes and why, page by page', async () => {
    const { image } = await published('1');
    for (const version of ['2', '3', '4']) {
      await publish(image, version);
    }
    await service.publisher.setAlias(image, 'stable', '2');
    await admin.put(`/v1/images/${image}/retention`, { keep_newest: 1 });
    const preview = `/v1/images/${image}/retention/preview`;
    const verdicts = [
      { version: '4', action: 'keep', reason: 'It is among the newest 1 published versions.' },
      { version: '3', action: 'withdraw' },
      { version: '2', action: 'keep', reason: 'The alias stable names it.' },
      { version: '1', action: 'withdraw' },
    ];
    expect((await writer.get(preview)).members).toMatchObject({ versions: verdicts });
    const first = await writer.get(`${preview}?limit=3`);
    expect(first.members).toMatchObject({ versions: verdicts.slice(0, 3) });
    const next = /<[^>]*(\/v1[^>]*)>; rel="next"/.exec(String(first.headers.link))?.[1];
    expect((await writer.get(next ?? '')).members).toMatchObject({ versions: verdicts.slice(3) });
  });
});

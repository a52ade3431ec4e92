import { randomUUID } from 'node:crypto';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type JoinedService, joinContractService } from './contract-service.js';
import { HttpClient } from '../support/http-client.js';
import { expectProblem, withoutInstance } from './problem.js';
import { type PublishedVersion, publishVersion } from './published-version.js';
import { begin, complete, digestOf, sendPart, someBytes } from './upload-steps.js';

const PREFIX = `team-${randomUUID().slice(0, 8)}`;
const ABSENT_IMAGE = 'no-such-image';
const PART = '11111111-2222-4333-8444-555555555555';

let service: JoinedService;
let scoped: HttpClient;
let scopedPublisher: PublisherClient;
/** Of somebody else, with a published version and a draft. */
let others: PublishedVersion;

beforeAll(async () => {
  service = await joinContractService();
  scopedPublisher = await enroll([`${PREFIX}-*`, 'exactly']);
  scoped = new HttpClient(service.running.baseUrl, scopedPublisher.token);
  others = await publishVersion(service);
});

function enroll(imagePatterns: readonly string[]): Promise<PublisherClient> {
  const { baseUrl, bootstrapToken } = service.running;
  return PublisherClient.enroll({ baseUrl }, bootstrapToken, imagePatterns);
}

const ownImage = (): string => `${PREFIX}-${randomUUID().slice(0, 8)}`;

describe('inside of its scope a limited writer', () => {
  it('goes all the way to a moved alias', async () => {
    const image = ownImage();
    await scopedPublisher.createImage(image);
    await scopedPublisher.createVersion(image, '1.0');
    const blob = await scopedPublisher.uploadFile(rawBytes());
    const { id } = await scopedPublisher.addArtifact(image, '1.0', { format: 'raw', blob });
    const attachment = await scopedPublisher.uploadFile(someBytes(50));
    await scopedPublisher.addAttachment(image, '1.0', id, { name: 'notes', blob: attachment });
    await scopedPublisher.publish(image, '1.0');
    expect(
      (await scoped.send('PUT', `/v1/images/${image}/aliases/latest`, { json: { version: '1.0' } })).status,
    ).toBe(200);
    expect((await scoped.get(`/v1/images/${image}/versions/1.0/publish-job`)).status).toBe(200);
    expect(
      (await scoped.send('PATCH', `/v1/images/${image}`, { json: { display_name: 'Ours' } })).status,
    ).toBe(200);
  });

  it('makes an image of an exact name and sees its drafts', async () => {
    await scopedPublisher.createImage('exactly');
    await scopedPublisher.createVersion('exactly', '1.0');
    expect((await scoped.get('/v1/images/exactly/versions/1.0')).status).toBe(200);
    expect((await scoped.send('DELETE', '/v1/images/exactly/versions/1.0')).status).toBe(204);
  });

  it('learns from whoami what it covers', async () => {
    expect((await scoped.get('/v1/auth/whoami')).json).toMatchObject({
      role_ids: ['content-writer'],
      image_patterns: [`${PREFIX}-*`, 'exactly'],
    });
  });
});

describe('outside of its scope a limited writer', () => {
  it.each(['exactly2', PREFIX, `${PREFIX}x`, 'another'])('cannot make the image %s', async (name) => {
    expectProblem(await scoped.post('/v1/images', { name }), 403, 'image-out-of-scope');
    expectProblem(await service.writer.get(`/v1/images/${name}`), 404, 'image-not-found');
  });

  it('cannot find out by making it whether an image is there', async () => {
    const [there, absent] = [
      await scoped.post('/v1/images', { name: others.image }),
      await scoped.post('/v1/images', { name: ABSENT_IMAGE }),
    ];
    expect(withoutInstance(there)).toEqual(withoutInstance(absent));
  });

  it.each<[string, string, unknown]>([
    ['PATCH', '', { display_name: 'Taken over' }],
    ['POST', '/versions', { version: '9.9' }],
    ['POST', '/versions', { bad: true }],
    ['PATCH', '/versions/2.0', { notes: 'Taken over' }],
    ['DELETE', '/versions/2.0', undefined],
    ['PATCH', `/versions/2.0/artifacts/${PART}`, { cloud_init: true }],
    ['POST', '/versions/2.0/artifacts', {}],
    ['DELETE', `/versions/2.0/artifacts/${PART}`, undefined],
    ['POST', `/versions/2.0/artifacts/${PART}/attachments`, {}],
    ['DELETE', `/versions/2.0/artifacts/${PART}/attachments/${PART}`, undefined],
    ['POST', '/versions/2.0/publish', undefined],
    ['POST', '/versions/2.0/release', { artifacts: [] }],
    ['GET', '/versions/1.0/publish-job', undefined],
    ['PUT', '/aliases/latest', { version: '1.0' }],
    ['DELETE', '/aliases/latest', undefined],
  ])('gets the answer of an absent image for %s /v1/images/…%s', async (method, path, json) => {
    const call = json === undefined ? {} : { json };
    const there = await scoped.send(method, `/v1/images/${others.image}${path}`, call);
    const absent = await scoped.send(method, `/v1/images/${ABSENT_IMAGE}${path}`, call);
    expectProblem(there, 404, 'image-not-found');
    expect(withoutInstance(there)).toEqual(withoutInstance(absent));
  });

  it('sees what anybody sees, and no draft', async () => {
    const versions = `/v1/images/${others.image}/versions`;
    expect((await scoped.get(`${versions}/1.0`)).status).toBe(200);
    expect((await scoped.get(others.artifactPath)).status).toBe(200);
    expectProblem(await scoped.get(`${versions}/2.0`), 404, 'version-not-found');
    const listed = await scoped.get(`${versions}?state=draft,publishing,published`);
    expect((listed.json as { versions: unknown[] }).versions).toMatchObject([{ version: '1.0' }]);
  });

  it.each(['', '/retry', '/cancel'])('does not know the publish jobs of others (%s)', async (verb) => {
    const job = await service.writer.get(`/v1/images/${others.image}/versions/1.0/publish-job`);
    const method = verb === '' ? 'GET' : 'POST';
    const answer = await scoped.send(method, `/v1/publish-jobs/${(job.json as { id: string }).id}${verb}`);
    const absent = await scoped.send(method, `/v1/publish-jobs/${PART}${verb}`);
    expectProblem(answer, 404, 'publish-job-not-found');
    expect(withoutInstance(answer)).toEqual(withoutInstance(absent));
  });

  it('does not know the uploads of others', async () => {
    const session = await begin(service.writer, someBytes());
    const answers = [
      await scoped.get(`/v1/uploads/${session.id}`),
      await scoped.get(`/v1/uploads/${session.id}/parts`),
      await scoped.send('PUT', `/v1/uploads/${session.id}/parts/1`, { body: someBytes() }),
      await scoped.post(`/v1/uploads/${session.id}/complete`, { parts: [] }),
      await scoped.post(`/v1/uploads/${session.id}/abort`),
    ];
    answers.forEach((answer) => expectProblem(answer, 404, 'upload-not-found'));
    expect((await service.writer.get(`/v1/uploads/${session.id}`)).json).toMatchObject({ state: 'created' });
  });

  it('gets 400 for ids that are not well formed, as everybody does', async () => {
    expectProblem(await scoped.get('/v1/uploads/x'), 400, 'invalid-request');
    expectProblem(await scoped.get('/v1/publish-jobs/x'), 400, 'invalid-request');
  });
});

describe('blobs of others', () => {
  it('are not there for a limited writer unless they are published', async () => {
    const answer = await scoped.get(`/v1/blobs/${others.draftBlob.digest}`);
    expectProblem(answer, 404, 'blob-not-found');
    expect(withoutInstance(answer)).toEqual(
      withoutInstance(await scoped.get(`/v1/blobs/${digestOf(someBytes())}`)),
    );
    expect((await service.writer.get(`/v1/blobs/${others.draftBlob.digest}`)).status).toBe(200);
    expect((await scoped.get(`/v1/blobs/${others.artifact.digest}`)).status).toBe(200);
  });

  it('are kept out of shared caches unless they are published', async () => {
    const draft = await service.writer.get(`/v1/blobs/${others.draftBlob.digest}`);
    const published = await service.writer.get(`/v1/blobs/${others.artifact.digest}`);
    expect(draft.headers['cache-control']).toBe('private, no-store');
    expect(published.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each(['artifact', 'attachment'] as const)(
    'cannot be attached as an %s by who only knows the digest, and look as if absent',
    async (kind) => {
      const path = await pathOfDeclarations(kind);
      const absent = digestOf(someBytes());
      const [refused, unknown] = [
        await scoped.post(path, declaration(kind, others.draftBlob.digest)),
        await scoped.post(path, declaration(kind, absent)),
      ];
      const problem = expectProblem(refused, 412, 'blob-not-available');
      expect(problem).toMatchObject({ missing_digests: [others.draftBlob.digest] });
      expectProblem(unknown, 412, 'blob-not-available');
    },
  );

  it('can be attached when they are published', async () => {
    const path = await pathOfDeclarations('artifact');
    expect((await scoped.post(path, declaration('artifact', others.artifact.digest))).status).toBe(201);
  });

  it('are no short cut for an upload: the bytes have to come', async () => {
    const secret = rawBytes();
    await service.publisher.uploadFile(secret);
    const path = await pathOfDeclarations('artifact');
    const session = await begin(scoped, secret);
    expect(session.state).toBe('created');
    expectProblem(
      await scoped.post(path, declaration('artifact', digestOf(secret))),
      412,
      'blob-not-available',
    );
    await complete(scoped, session.id, [await sendPart(scoped, session.id, 1, secret)]);
    const blob = await scopedPublisher.uploadFile(secret);
    expect((await scoped.post(path, declaration('artifact', blob.digest))).status).toBe(201);
    expect((await scoped.get(`/v1/blobs/${blob.digest}`)).status).toBe(200);
  });

  it('of a size that somebody else knows better fail at their verification, not before', async () => {
    const secret = someBytes(300);
    await service.publisher.uploadFile(secret);
    const session = await begin(scoped, secret, { expected_size_bytes: 301 });
    expect(session.state).toBe('created');
  });

  it('are visible to whoever writes an image whose draft refers to them', async () => {
    const image = ownImage();
    await service.publisher.createImage(image);
    await service.publisher.createVersion(image, '1.0');
    const blob = await service.publisher.uploadFile(rawBytes());
    expectProblem(await scoped.get(`/v1/blobs/${blob.digest}`), 404, 'blob-not-found');
    await service.publisher.addArtifact(image, '1.0', { format: 'raw', blob });
    expect((await scoped.get(`/v1/blobs/${blob.digest}`)).status).toBe(200);
  });
});

describe('a grant', () => {
  it('that is narrowed counts from the next request on, and one without patterns is for all images', async () => {
    const publisher = await enroll(['first']);
    const client = new HttpClient(service.running.baseUrl, publisher.token);
    const { id } = ((await client.get('/v1/auth/whoami')).json as { principal: { id: string } }).principal;
    const role = `/v1/auth/principals/${id}/roles/content-writer`;
    const image = `image-${randomUUID()}`;
    expectProblem(await client.post('/v1/images', { name: image }), 403, 'image-out-of-scope');
    expect((await service.manager.send('PUT', role)).status).toBe(204);
    expect((await client.post('/v1/images', { name: image })).status).toBe(201);
    expect((await service.manager.send('PUT', role, { json: { image_patterns: ['first'] } })).status).toBe(
      204,
    );
    expectProblem(
      await client.post(`/v1/images/${image}/versions`, { version: '1' }),
      404,
      'image-not-found',
    );
    expect((await service.manager.get(`/v1/auth/principals/${id}`)).json).toMatchObject({
      role_ids: ['content-writer'],
      image_patterns: ['first'],
    });
  });

  it.each<[string, unknown]>([
    ['no pattern', []],
    ['a bare star', ['*']],
    ['a prefix without a separator', ['web*']],
    ['a star within', ['we*b']],
    ['upper case', ['Web']],
    ['not a list', 'web'],
    ['65 patterns', Array.from({ length: 65 }, (_, index) => `image-${index}`)],
  ])('with %s is refused', async (_case, image_patterns) => {
    const { id } = await principalId();
    const answer = await service.manager.send('PUT', `/v1/auth/principals/${id}/roles/content-writer`, {
      json: { image_patterns },
    });
    expect(expectProblem(answer, 400, 'invalid-request').errors).toMatchObject([
      { pointer: '/image_patterns' },
    ]);
  });

  it('of auth.manage cannot be limited', async () => {
    const { id } = await principalId();
    const answer = await service.manager.send('PUT', `/v1/auth/principals/${id}/roles/auth-manager`, {
      json: { image_patterns: ['web'] },
    });
    expectProblem(answer, 400, 'scope-not-applicable');
    expect((await service.manager.get(`/v1/auth/principals/${id}`)).json).toMatchObject({ role_ids: [] });
  });
});

async function principalId(): Promise<{ id: string }> {
  const created = await service.manager.post('/v1/auth/principals', { kind: 'service', display_name: 'x' });
  return created.json as { id: string };
}

async function pathOfDeclarations(kind: 'artifact' | 'attachment'): Promise<string> {
  const image = ownImage();
  await scopedPublisher.createImage(image);
  await scopedPublisher.createVersion(image, '1.0');
  const artifacts = `/v1/images/${image}/versions/1.0/artifacts`;
  if (kind === 'artifact') {
    return artifacts;
  }
  const blob = await scopedPublisher.uploadFile(rawBytes());
  const { id } = await scopedPublisher.addArtifact(image, '1.0', { format: 'raw', blob });
  return `${artifacts}/${id}/attachments`;
}

function declaration(kind: 'artifact' | 'attachment', digest: string): object {
  return kind === 'artifact'
    ? {
        operating_system: 'linux',
        architecture: 'amd64',
        format: 'raw',
        primary_blob_digest: digest,
        primary_blob_size_bytes: 100,
        primary_media_type: 'application/octet-stream',
      }
    : { name: 'notes', media_type: 'text/plain', blob_digest: digest, blob_size_bytes: 100 };
}

/** No magic number of another format, whatever the random bytes are. */
function rawBytes(): Buffer {
  const bytes = someBytes();
  bytes.write('plain', 0);
  return bytes;
}

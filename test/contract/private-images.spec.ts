import { randomUUID } from 'node:crypto';
import { HttpClient } from '../support/http-client.js';
import { type ContractService, startContractService } from './contract-service.js';
import { expectProblem } from './problem.js';
import { publishVersion, type PublishedVersion } from './published-version.js';
import { someBytes } from './upload-steps.js';
import { enrollWith } from './visibility-columns.js';

let service: ContractService;

beforeAll(async () => {
  service = await startContractService({ apis: 2, flags: ['--default-visibility', 'internal'] });
}, 60_000);
afterAll(() => service.stop(), 60_000);

const imagePath = ({ image }: PublishedVersion): string => `/v1/images/${image}`;
const setVisibility = (published: PublishedVersion, visibility: unknown, client = service.writer) =>
  client.patch(imagePath(published), { visibility });

async function published(visibility: string): Promise<PublishedVersion> {
  const made = await publishVersion(service);
  expect((await setVisibility(made, visibility)).status).toBe(200);
  return made;
}

async function reader(roles: Parameters<typeof enrollWith>[1]): Promise<HttpClient> {
  return new HttpClient(service.running.baseUrl, (await enrollWith(service, roles)).token);
}

describe('the visibility of an image', () => {
  it.each([['secret'], ['Public'], [''], [null], [true], [['private']]])(
    'is none of its own: %j',
    async (value) => {
      const image = `image-${randomUUID()}`;
      for (const answer of [
        await setVisibility(await published('public'), value),
        await service.writer.post('/v1/images', { name: image, visibility: value }),
      ]) {
        if (value === null && answer.status === 201) continue;
        const problem = expectProblem(answer, 400, 'invalid-request');
        expect(problem.errors).toMatchObject([{ pointer: '/visibility' }]);
      }
    },
  );

  it('is not changed by who does not cover the image, who cannot tell it from one that is not there', async () => {
    const image = await published('private');
    const stranger = await reader({ 'content-writer': ['elsewhere-*'] });
    expectProblem(await setVisibility(image, 'public', stranger), 404, 'image-not-found');
    expectProblem(
      await stranger.patch('/v1/images/nowhere', { visibility: 'public' }),
      404,
      'image-not-found',
    );
    const onlyReads = await reader({ 'content-reader': [image.image] });
    expectProblem(await setVisibility(image, 'public', onlyReads), 403, 'forbidden');
    expect((await service.writer.get(imagePath(image))).members.visibility).toBe('private');
  });

  it('is what the setting says when nobody says anything, also of what a release makes', async () => {
    const [created, released, chosen] = [1, 2, 3].map(() => `image-${randomUUID()}`);
    const made = await service.writer.post('/v1/images', { name: created });
    expect(made).toMatchObject({ status: 201, members: { visibility: 'internal' } });
    const blob = await service.publisher.uploadFile(someBytes(500));
    const release = (name = '', more: object = {}) =>
      service.writer.post(`/v1/images/${name}/versions/1/release`, {
        artifacts: [
          {
            operating_system: 'linux',
            architecture: 'amd64',
            format: 'raw',
            primary_blob_digest: blob.digest,
            primary_blob_size_bytes: 500,
            primary_media_type: 'application/octet-stream',
          },
        ],
        ...more,
      });
    expect((await release(released)).status).toBe(202);
    expect((await release(chosen, { visibility: 'private' })).status).toBe(202);
    const visibilityOf = async (name = '') =>
      (await service.writer.get(`/v1/images/${name}`)).members.visibility;
    expect([await visibilityOf(released), await visibilityOf(chosen)]).toEqual(['internal', 'private']);
    expect((await release(chosen, { visibility: 'public' })).status).toBe(202);
    expect(await visibilityOf(chosen)).toBe('private');
    expectProblem(await release(chosen, { visibility: 'secret' }), 400, 'invalid-request');
  });

  it('counts at once on every api, for lists of Simple Streams too, and is in the audit log', async () => {
    const image = await published('public');
    const [, other = ''] = service.running.baseUrls;
    const elsewhere = new HttpClient(other);
    const seen = async (): Promise<readonly number[]> => {
      const paths = [imagePath(image), image.artifactPath, `/v1/blobs/${image.artifact.digest}`];
      return Promise.all(paths.map(async (path) => (await elsewhere.get(path)).status));
    };
    for (let round = 0; round < 5; round += 1) {
      expect(await seen()).toEqual([200, 200, 200]);
      await setVisibility(image, 'private');
      expect(await seen()).toEqual([404, 404, 404]);
      await setVisibility(image, 'public');
    }
    const events = await service.manager.get(
      `/v1/audit-events?resource=${encodeURIComponent(`images/${image.image}`)}`,
    );
    expect(events.bytes.toString()).toContain('"visibility":"private"');
  });

  it('hides an upload of its bytes from others: they have to bring them', async () => {
    const image = await published('private');
    const writer = await reader({ 'content-writer': ['elsewhere-*'] });
    const announcement = {
      expected_digest: image.artifact.digest,
      expected_size_bytes: image.artifact.sizeBytes,
    };
    const [theirs, own] = [writer, service.writer].map((client) => client.post('/v1/uploads', announcement));
    expect(await theirs).toMatchObject({ status: 201, members: { state: 'created' } });
    expect(await own).toMatchObject({ status: 200, members: { state: 'ready' } });
  });

  it('of one image does not hide bytes that another one shows', async () => {
    const [hidden, shown] = [await published('private'), `image-${randomUUID()}`];
    const { publisher, anonymous } = service;
    const path = `/v1/blobs/${hidden.artifact.digest}`;
    expect((await anonymous.get(path)).status).toBe(404);
    await publisher.createImage(shown);
    await service.writer.patch(`/v1/images/${shown}`, { visibility: 'public' });
    await publisher.createVersion(shown, '1');
    await publisher.addArtifact(shown, '1', { format: 'raw', blob: hidden.artifact });
    await publisher.publish(shown, '1');
    expect(await anonymous.get(path)).toMatchObject({
      status: 200,
      headers: { 'cache-control': 'public, max-age=31536000, immutable' },
    });
    expect((await anonymous.get(hidden.artifactPath)).status).toBe(404);
  });
});

describe('a grant of content-reader', () => {
  it('can be limited, shows in answers, and is gone with the next request when it is taken', async () => {
    const image = await published('private');
    const { id, token } = await enrollWith(service, { 'content-reader': [image.image] });
    const client = new HttpClient(service.running.baseUrl, token);
    expect((await client.get('/v1/auth/whoami')).members).toMatchObject({
      role_ids: ['content-reader'],
      read_patterns: [image.image],
    });
    const path = `/v1/auth/principals/${id}`;
    expect((await service.manager.get(path)).members.read_patterns).toEqual([image.image]);
    expect((await client.get(image.artifactPath)).status).toBe(200);
    await service.manager.delete(`${path}/roles/content-reader`);
    expectProblem(await client.get(image.artifactPath), 404, 'artifact-not-found');
    expect((await service.manager.get(path)).members).not.toHaveProperty('read_patterns');
  });

  it('lets nobody write, and cannot be limited by nonsense', async () => {
    const image = await published('private');
    const client = await reader({ 'content-reader': undefined });
    expectProblem(await client.post('/v1/images', { name: `image-${randomUUID()}` }), 403, 'forbidden');
    expectProblem(await client.delete(imagePath(image)), 403, 'forbidden');
    const { id } = await enrollWith(service, {});
    const path = `/v1/auth/principals/${id}/roles/content-reader`;
    expectProblem(await service.manager.put(path, { image_patterns: ['web*'] }), 400, 'invalid-request');
    expectProblem(await service.manager.put(path, { image_patterns: [] }), 400, 'invalid-request');
  });
});

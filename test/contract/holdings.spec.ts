import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { PublisherClient } from '../fixtures/publisher-client.js';
import { type ContractService, startContractService } from './contract-service.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { begin, complete, digestOf, sendPart, settled, someBytes } from './upload-steps.js';

/** What one principal may hold is bounded, however many calls come at the same time. */

const MAX_OPEN_UPLOADS = 3;
const MAX_DRAFTS = 2;

let service: ContractService;
let publisher: PublisherClient;
let writer: HttpClient;

beforeAll(async () => {
  service = await startContractService({
    flags: ['--max-open-uploads', String(MAX_OPEN_UPLOADS), '--max-drafts', String(MAX_DRAFTS)],
  });
}, 60_000);
afterAll(() => service.stop(), 60_000);

/** Each test has a principal of its own. */
beforeEach(async () => {
  const { baseUrl, bootstrapToken } = service.running;
  publisher = await PublisherClient.enroll({ baseUrl }, bootstrapToken);
  writer = new HttpClient(baseUrl, publisher.token);
});

function beginSome(client = writer): Promise<Answer> {
  return client.post('/v1/uploads', { expected_digest: digestOf(someBytes()), expected_size_bytes: 100 });
}

async function createSome(image: string): Promise<Answer> {
  return writer.post(`/v1/images/${image}/versions`, { version: randomUUID() });
}

async function newImage(): Promise<string> {
  const image = `image-${randomUUID()}`;
  await publisher.createImage(image);
  return image;
}

describe('open uploads of one principal', () => {
  async function fill(): Promise<string[]> {
    const answers = [await beginSome(), await beginSome(), await beginSome()];
    return answers.map(({ json }) => (json as { readonly id: string }).id);
  }

  const refused = (answer: Answer) => {
    expect(expectProblem(answer, 409, 'open-upload-limit')).toMatchObject({
      used: MAX_OPEN_UPLOADS,
      allowed: MAX_OPEN_UPLOADS,
    });
  };

  it('are bounded when twenty begin at the same time, and cost the store nothing beyond', async () => {
    const before = await readdir(service.running.storageDir, { recursive: true });
    const answers = await Promise.all(Array.from({ length: 20 }, () => beginSome()));
    const begun = answers.filter(({ status }) => status === 201);
    expect(begun).toHaveLength(MAX_OPEN_UPLOADS);
    answers.filter((answer) => !begun.includes(answer)).forEach(refused);
    const after = await readdir(service.running.storageDir, { recursive: true });
    const uploads = after.filter((path) => !before.includes(path) && /_upload-[^/]*$/.test(path));
    expect(uploads).toHaveLength(MAX_OPEN_UPLOADS);
  });

  it('do not count for anybody else', async () => {
    await fill();
    refused(await beginSome());
    expect((await beginSome(service.writer)).status).toBe(201);
  });

  it('make room when they are aborted, completed or expired', async () => {
    const [first = ''] = await fill();
    refused(await beginSome());
    expect((await writer.post(`/v1/uploads/${first}/abort`)).status).toBe(200);

    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    refused(await beginSome());
    expect((await complete(writer, id, [await sendPart(writer, id, 1, bytes)])).status).toBe(200);
    await settled(writer, id);

    const { url } = await service.running.startApi(['--upload-ttl', '1ms']);
    expect((await beginSome(new HttpClient(url, writer.token))).status).toBe(201);
    expect((await beginSome()).status).toBe(201);
    refused(await beginSome());
  });

  it('do not keep anybody from what needs no upload: the bytes are here already', async () => {
    const bytes = someBytes();
    await service.publisher.uploadFile(bytes);
    await fill();
    const known = { expected_digest: digestOf(bytes), expected_size_bytes: bytes.length };
    expect(await writer.post('/v1/uploads', known)).toMatchObject({ status: 200, json: { state: 'ready' } });
  });
});

describe('drafts of one principal', () => {
  const refused = (answer: Answer) => {
    expect(expectProblem(answer, 409, 'draft-limit')).toMatchObject({
      used: MAX_DRAFTS,
      allowed: MAX_DRAFTS,
    });
  };

  it('are bounded when ten are made at the same time, in any images', async () => {
    const images = await Promise.all([newImage(), newImage(), newImage()]);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => createSome(images[index % 3] ?? '')),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(MAX_DRAFTS);
    answers.filter((answer) => !made.includes(answer)).forEach(refused);
  });

  it('make room when they are deleted or published, and not before', async () => {
    const image = await newImage();
    await publisher.createVersion(image, '1.0');
    await publisher.createVersion(image, '2.0');
    refused(await createSome(image));
    expect((await writer.send('DELETE', `/v1/images/${image}/versions/2.0`)).status).toBe(204);
    expect((await createSome(image)).status).toBe(201);
    refused(await createSome(image));

    const bytes = Buffer.concat([Buffer.from('plain'), someBytes()]);
    const blob = await publisher.uploadFile(bytes);
    await publisher.addArtifact(image, '1.0', { format: 'raw', blob });
    await publisher.publish(image, '1.0');
    expect((await createSome(image)).status).toBe(201);
  });

  it('do not hide that a version is there already', async () => {
    const image = await newImage();
    await publisher.createVersion(image, '1.0');
    await publisher.createVersion(image, '2.0');
    expectProblem(
      await writer.post(`/v1/images/${image}/versions`, { version: '1.0' }),
      409,
      'version-exists',
    );
  });
});

describe('a quota', () => {
  async function quotaPath(): Promise<string> {
    const { json } = await writer.get('/v1/auth/whoami');
    return `/v1/auth/principals/${(json as { principal: { id: string } }).principal.id}/quota`;
  }

  it('bounds what a principal stores, and tells how much that is', async () => {
    const path = await quotaPath();
    const set = await service.manager.put(path, { stored_bytes: 250, open_uploads: 3 });
    expect(set).toMatchObject({ status: 200, json: { stored_bytes: 250, source: 'principal' } });
    await beginSome();
    await beginSome();
    expect(expectProblem(await beginSome(), 413, 'quota-exceeded')).toMatchObject({
      used: 200,
      allowed: 250,
    });
    expectProblem(await service.manager.put(path, { stored_bytes: 199 }), 409, 'quota-below-use');
    expect((await service.manager.get(path)).json).toEqual({
      stored_bytes: 250,
      open_uploads: 3,
      source: 'principal',
      used: { stored_bytes: 200, open_uploads: 2 },
    });
    expect((await service.manager.delete(path)).status).toBe(204);
    expect((await service.manager.get(path)).json).toMatchObject({ source: 'default', open_uploads: 3 });
    expect((await beginSome()).status).toBe(201);
  });

  it.each([
    { stored_bytes: -1 },
    { stored_bytes: 1.5 },
    { stored_bytes: '1TiB' },
    { stored_bytes: 2 ** 53 },
    { open_uploads: -1 },
    { open_uploads: 2 ** 31 },
    { bytes: 1 },
    [],
  ])('is not %j', async (json) => {
    expectProblem(await service.manager.put(await quotaPath(), json), 400, 'invalid-request');
  });

  it('is of a principal, and set by auth managers', async () => {
    const path = await quotaPath();
    expectProblem(await service.manager.put(path, {}), 400, 'empty-quota');
    expectProblem(await writer.put(path, { stored_bytes: 1 }), 403, 'forbidden');
    const nobody = `/v1/auth/principals/${randomUUID()}/quota`;
    for (const method of ['GET', 'DELETE']) {
      expectProblem(await service.manager.send(method, nobody), 404, 'principal-not-found');
    }
    expectProblem(await service.manager.put(nobody, { stored_bytes: 1 }), 404, 'principal-not-found');
  });
});

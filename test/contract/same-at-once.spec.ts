import { randomBytes, randomUUID } from 'node:crypto';
import type { UploadedBlob } from '../fixtures/upload-source.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { type ContractService, enroll, startContractService } from './contract-service.js';
import { begin, complete, digestOf, sendPart, someBytes } from './upload-steps.js';

/** More find what meets only within microseconds: `IMGSRV_TEST_ROUNDS=100 npx jest test/contract/same-at-once`. */
const ROUNDS = Number(process.env.IMGSRV_TEST_ROUNDS ?? '2');
const AT_ONCE = 8;

/** What many send, each with a number of its own, and what is an answer to it when another one was first. */
interface Case {
  readonly send: (client: HttpClient, number: number) => Promise<Answer>;
  readonly as?: HttpClient;
  readonly statuses: readonly number[];
}

let service: ContractService;
let admin: HttpClient;
let blob: UploadedBlob;
let attached: UploadedBlob;

beforeAll(async () => {
  service = await startContractService({ apis: 2, flags: ['--max-open-uploads', '0', '--max-drafts', '0'] });
  admin = await enroll(service, ['content-writer', 'content-admin']);
  blob = await service.publisher.uploadFile(randomBytes(2000));
  attached = await service.publisher.uploadFile(randomBytes(500));
}, 60_000);
afterAll(() => service.stop(), 60_000);
jest.setTimeout(30_000 + ROUNDS * 10_000);

async function image(): Promise<string> {
  const name = `image-${randomUUID()}`;
  await service.publisher.createImage(name);
  return `/v1/images/${name}`;
}

/** Of a new image; published unless it is to be a draft. */
async function version({ isDraft = false } = {}): Promise<{ of: string; path: string }> {
  const of = await image();
  const name = of.slice('/v1/images/'.length);
  await service.publisher.createVersion(name, '1');
  await service.publisher.addArtifact(name, '1', { format: 'raw', blob });
  if (!isDraft) await service.publisher.publish(name, '1');
  return { of, path: `${of}/versions/1` };
}

const raw = () => ({
  ...{ operating_system: 'tiny', architecture: 'aarch64', format: 'raw' },
  ...{ primary_blob_digest: blob.digest, primary_blob_size_bytes: blob.sizeBytes },
  primary_media_type: 'application/octet-stream',
});

const CASES: Readonly<Record<string, () => Promise<Case>>> = {
  'an image': () => {
    const name = `image-${randomUUID()}`;
    return Promise.resolve({ send: (client) => client.post('/v1/images', { name }), statuses: [201, 409] });
  },
  'a draft': async () => {
    const of = await image();
    return { send: (client) => client.post(`${of}/versions`, { version: '1' }), statuses: [201, 409] };
  },
  'an artifact': async () => {
    const { path } = await version({ isDraft: true });
    return { send: (client) => client.post(`${path}/artifacts`, raw()), statuses: [201, 409] };
  },
  'an attachment': async () => {
    const { path } = await version({ isDraft: true });
    const { id } = (await service.writer.post(`${path}/artifacts`, raw())).members as { readonly id: string };
    const attachment = {
      ...{ name: 'notes.bin', media_type: 'application/octet-stream' },
      ...{ blob_digest: attached.digest, blob_size_bytes: attached.sizeBytes },
    };
    return {
      send: (client) => client.post(`${path}/artifacts/${id}/attachments`, attachment),
      statuses: [201, 409],
    };
  },
  'the removal of a draft': async () => {
    const { path } = await version({ isDraft: true });
    return { send: (client) => client.delete(path), statuses: [204, 404] };
  },
  'a publish': async () => {
    const { path } = await version({ isDraft: true });
    return { send: (client) => client.post(`${path}/publish`), statuses: [202, 409] };
  },
  'a release': async () => {
    const path = `/v1/images/image-${randomUUID()}/versions/1/release`;
    const release = { artifacts: [raw()], aliases: ['latest'] };
    return Promise.resolve({ send: (client) => client.post(path, release), statuses: [202] });
  },
  'an alias': async () => {
    const { of } = await version();
    return { send: (client) => client.put(`${of}/aliases/latest`, { version: '1' }), statuses: [200, 201] };
  },
  'the removal of an alias': async () => {
    const { of } = await version();
    await service.writer.put(`${of}/aliases/latest`, { version: '1' });
    return { send: (client) => client.delete(`${of}/aliases/latest`), statuses: [204, 404] };
  },
  'a promotion': async () => {
    const { of } = await version();
    await service.writer.put(`${of}/aliases/testing`, { version: '1' });
    const promotion = { from_alias: 'testing', to_alias: 'stable' };
    return { send: (client) => client.post(`${of}/promotions`, promotion), statuses: [201, 409] };
  },
  'a revert': async () => {
    const { of } = await version();
    await service.writer.put(`${of}/aliases/testing`, { version: '1' });
    const made = await service.writer.post(`${of}/promotions`, { from_alias: 'testing', to_alias: 'stable' });
    const path = `${of}/promotions/${String(made.members.id)}/revert`;
    return { send: (client) => client.post(path), statuses: [201, 409] };
  },
  'a deprecation': async () => {
    const { path } = await version();
    return { send: (client) => client.post(`${path}/deprecation`, { reason: 'old' }), statuses: [200, 201] };
  },
  'a withdrawal': async () => {
    const { path } = await version();
    return {
      ...{ as: admin, send: (client) => client.post(`${path}/withdrawal`, { reason: 'bad' }) },
      statuses: [200, 201, 410],
    };
  },
  'a retention': async () => {
    const of = await image();
    return {
      ...{ as: admin, send: (client) => client.put(`${of}/retention`, { keep_newest: 3 }) },
      statuses: [200, 201],
    };
  },
  'a channel': () => {
    const path = `/v1/channels/channel-${randomUUID()}`;
    const channel = { image_patterns: ['nothing-*'], alias: 'stable' };
    return Promise.resolve({ send: (client) => client.put(path, channel), statuses: [200, 201] });
  },
  'the same bytes in one request': () => {
    const bytes = someBytes(1000);
    const path = `/v1/blobs/${digestOf(bytes)}`;
    return Promise.resolve({
      send: (client) => client.send('PUT', path, { body: bytes }),
      statuses: [200, 201],
    });
  },
  'the begin of an upload': () => {
    const upload = { expected_digest: digestOf(someBytes()), expected_size_bytes: 100 };
    return Promise.resolve({ send: (client) => client.post('/v1/uploads', upload), statuses: [200, 201] });
  },
  'a part': async () => {
    const bytes = someBytes(1000);
    const { id } = await begin(service.writer, bytes);
    const path = `/v1/uploads/${id}/parts/1`;
    return { send: (client) => client.send('PUT', path, { body: bytes }), statuses: [200, 409, 413] };
  },
  'a complete': async () => {
    const bytes = someBytes(1000);
    const { id } = await begin(service.writer, bytes);
    const part = await sendPart(service.writer, id, 1, bytes);
    return { send: (client) => complete(client, id, [part]), statuses: [200, 409] };
  },
  'an abort': async () => {
    const { id } = await begin(service.writer, someBytes());
    return { send: (client) => client.post(`/v1/uploads/${id}/abort`), statuses: [200, 409] };
  },
  'a role': async () => {
    const person = await service.manager.post('/v1/auth/principals', { kind: 'service', display_name: 'x' });
    const path = `/v1/auth/principals/${String(person.members.id)}/roles/content-writer`;
    return { as: service.manager, send: (client) => client.send('PUT', path), statuses: [204] };
  },
  'the revocation of a token': async () => {
    const person = await service.manager.post('/v1/auth/principals', { kind: 'service', display_name: 'x' });
    const path = `/v1/auth/principals/${String(person.members.id)}/api-tokens`;
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    const token = await service.manager.post(path, { expires_at });
    return {
      as: service.manager,
      send: (client) => client.delete(`/v1/auth/api-tokens/${String(token.members.id)}`),
      statuses: [204, 404],
    };
  },
  'a publish, or the removal of its draft,': async () => {
    const { path } = await version({ isDraft: true });
    return {
      send: (client, number) => (number % 4 < 2 ? client.post(`${path}/publish`) : client.delete(path)),
      statuses: [202, 204, 404, 412],
    };
  },
  'an alias of a version, or the withdrawal of it,': async () => {
    const { of, path } = await version();
    return {
      as: admin,
      send: (client, number) =>
        number % 4 < 2
          ? client.put(`${of}/aliases/name-${number}`, { version: '1' })
          : client.post(`${path}/withdrawal`, { reason: 'bad' }),
      statuses: [200, 201, 409, 410, 412],
    };
  },
  'a part, the complete of an upload, or its abort,': async () => {
    const bytes = someBytes(1000);
    const { id } = await begin(service.writer, bytes);
    const part = await sendPart(service.writer, id, 1, bytes);
    return {
      send: (client, number) =>
        [
          () => client.send('PUT', `/v1/uploads/${id}/parts/1`, { body: bytes }),
          () => complete(client, id, [part]),
          () => client.post(`/v1/uploads/${id}/abort`),
        ][Math.floor(number / 2) % 3]?.() ?? Promise.reject(new Error('there are three')),
      statuses: [200, 404, 409, 412],
    };
  },
  'a role, or its removal,': async () => {
    const person = await service.manager.post('/v1/auth/principals', { kind: 'service', display_name: 'x' });
    const path = `/v1/auth/principals/${String(person.members.id)}/roles/content-writer`;
    return {
      as: service.manager,
      send: (client, number) => client.send(number % 4 < 2 ? 'PUT' : 'DELETE', path),
      statuses: [204, 404],
    };
  },
};

it.each(Object.entries(CASES))(
  '%s from many at the same moment is answered as from one after the other',
  async (_, make) => {
    const [one = '', two = ''] = service.running.baseUrls;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { send, as = service.writer, statuses } = await make();
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_unused, number) =>
          send(as.at(number % 2 === 0 ? one : two), number),
        ),
      );
      const others = answers.filter(({ status }) => !statuses.includes(status));
      expect(others.map(({ status, bytes }) => `${status} ${bytes.toString()}`)).toEqual([]);
      expect(answers.some(({ status }) => status < 300)).toBe(true);
    }
  },
);

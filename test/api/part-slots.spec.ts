import { randomBytes } from 'node:crypto';
import { type ClientRequest, request } from 'node:http';
import { register } from 'prom-client';
import { partsAtOnce } from '../../apps/api/src/uploads/part-slots.js';
import { expectProblem } from '../contract/problem.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { waitFor } from '../support/wait-for.js';
import { startTestApi, type TestApi } from './auth-api.js';
import { type AuthDatabase, startAuthDatabase } from './auth-database.js';

const SIZE_BYTES = 1000;
const SHARE = Math.ceil(partsAtOnce() / 2);

let auth: AuthDatabase;
let server: TestApi;
/** Parts that have begun, and got no answer. */
const held = new Set<ClientRequest>();

beforeAll(async () => {
  auth = await startAuthDatabase();
  server = await startTestApi(auth.url);
});
afterAll(async () => {
  held.forEach((outgoing) => outgoing.removeAllListeners('response').destroy());
  await server.close();
  await auth.close();
});

interface Sender {
  readonly client: HttpClient;
  /** Of each request. */
  readonly path: () => string;
}

async function newSender(): Promise<Sender> {
  const { issued } = await auth.holder(['content-writer']);
  const client = new HttpClient(server.url, issued.plaintext);
  const announced = { expected_digest: `sha256:${'a'.repeat(64)}`, expected_size_bytes: SIZE_BYTES };
  const { members } = await client.post('/v1/uploads', announced);
  return { client, path: () => `/v1/uploads/${String(members.id)}/parts/1` };
}

/** One who sends each file in one request; the digests are those of nothing. */
async function newWholeSender(): Promise<Sender> {
  const { issued } = await auth.holder(['content-writer']);
  const client = new HttpClient(server.url, issued.plaintext);
  return { client, path: () => `/v1/blobs/sha256:${randomBytes(32).toString('hex')}` };
}

/** Begins to send parts and does not go on. */
function hold(sender: Sender, count: number): void {
  for (let number = 0; number < count; number += 1) {
    holdOne(sender);
  }
}

function holdOne(sender: Sender): void {
  const { client, path } = sender;
  const outgoing = request(`${server.url}${path()}`, {
    method: 'PUT',
    agent: false,
    headers: { authorization: `Bearer ${client.token ?? ''}`, 'content-length': SIZE_BYTES },
  });
  outgoing.on('error', () => undefined);
  // Refused: one of those that try meanwhile had the slot.
  outgoing.on('response', () => {
    held.delete(outgoing);
    outgoing.destroy();
    holdOne(sender);
  });
  outgoing.write('x');
  held.add(outgoing);
}

const send = ({ client, path }: Sender): Promise<Answer> =>
  client.send('PUT', path(), { body: Buffer.alloc(SIZE_BYTES) });

/** Parts take their slots one after the other. */
function refused(sender: Sender, status: number): Promise<Answer> {
  return waitFor(async () => {
    const answer = await send(sender);
    return answer.status === status && answer;
  });
}

async function reached(limit: string): Promise<number> {
  const metric = (await register.getSingleMetric('imgsrv_http_limits_reached_total')?.get())?.values;
  return metric?.find(({ labels }) => labels.limit === limit)?.value ?? 0;
}

it('parts of one principal beyond half get a 429, those of all a 503, and both go on when one has ended', async () => {
  const [first, second, third] = [await newSender(), await newSender(), await newSender()];
  hold(first, SHARE);
  const tooMany = await refused(first, 429);
  expectProblem(tooMany, 429, 'too-many-parts');
  expect(tooMany.headers['retry-after']).toMatch(/^\d+$/);
  expect((await send(second)).status).toBe(200);
  expect(await reached('parts')).toBe(0);

  hold(second, partsAtOnce() - SHARE);
  const busy = await refused(third, 503);
  expectProblem(busy, 503, 'parts-busy');
  expect(busy.headers['retry-after']).toMatch(/^\d+$/);
  expect(await reached('parts_per_principal')).toBeGreaterThan(0);
  expect(await reached('parts')).toBeGreaterThan(0);

  const [one] = held;
  one?.destroy();
  await waitFor(async () => (await send(first)).status === 200);
});

it('uploads of one request take these slots, too', async () => {
  held.forEach((outgoing) => outgoing.removeAllListeners('response').destroy());
  held.clear();
  const [whole, parts] = [await newWholeSender(), await newSender()];
  await waitFor(async () => (await send(parts)).status === 200);
  hold(whole, SHARE);
  const tooMany = await refused(whole, 429);
  expectProblem(tooMany, 429, 'too-many-parts');
  expect(tooMany.headers['retry-after']).toMatch(/^\d+$/);
  hold(await newWholeSender(), partsAtOnce() - SHARE);
  expectProblem(await refused(parts, 503), 503, 'parts-busy');
  const [one] = held;
  one?.removeAllListeners('response').destroy();
  // Of a digest that is not that of the bytes, so it was received to its end.
  await waitFor(async () => (await send(whole)).status === 400);
});

it.each([
  [undefined, 128],
  [1_048_576, 128],
  [612, 128],
  [500, 100],
  [100, 2],
  [10, 2],
])('a process that may open %s files receives %s parts at once', (descriptors, parts) => {
  expect(partsAtOnce(descriptors)).toBe(parts);
});

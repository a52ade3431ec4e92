import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ContractService, startContractService } from './contract-service.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import type { Answer } from '../support/http-client.js';

const KIB = 1024;
const MIB = 1024 * KIB;

let service: ContractService;

beforeAll(async () => {
  service = await startContractService({ workers: 0 });
});
afterAll(() => service.stop());

/** Sends a bearer token of so many bytes over a connection of its own, and reads to its end. */
async function present(token: string): Promise<{ answer: Answer; connection: RawConnection }> {
  const connection = await RawConnection.open(service.running.baseUrl);
  connection.request('GET /v1/auth/whoami', [`Authorization: Bearer ${token}`]);
  return { answer: await connection.answer(), connection };
}

/** A text of so many bytes that looks like a JWT from afar. */
function jwtOf(sizeBytes: number): string {
  const header = Buffer.from('{"alg":"RS256","kid":"k1","typ":"JWT"}').toString('base64url');
  const rest = randomBytes(sizeBytes).toString('base64url');
  const [payload, signature] = [rest.slice(0, sizeBytes - header.length - 344), rest.slice(0, 342)];
  return `${header}.${payload}.${signature}`;
}

function residentBytes(): number {
  const [api] = service.running.apis;
  const status = readFileSync(`/proc/${api?.pid ?? 0}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * KIB;
}

async function expectService(): Promise<void> {
  expect(service.running.apis.map(({ isRunning }) => isRunning)).toEqual([true]);
  expect((await service.writer.get('/v1/auth/whoami')).status).toBe(200);
}

it.each([17 * KIB, 64 * KIB, MIB])(
  'a token of %i bytes is a 431 and ends its connection',
  async (sizeBytes) => {
    for (const token of ['x'.repeat(sizeBytes), jwtOf(sizeBytes)]) {
      const { answer, connection } = await present(token);
      expect({ status: answer.status, type: answer.headers['content-type'] }).toEqual({
        status: 431,
        type: 'application/problem+json',
      });
      expect(answer.json).toMatchObject({ type: 'urn:imgsrv:problem:invalid-request', status: 431 });
      expect(answer.bytes.toString()).not.toContain('xxx');
      await connection.closed();
    }
    await expectService();
  },
);

it('a text of 15 KiB that looks like a JWT is a 401, and its connection goes on', async () => {
  const { answer, connection } = await present(jwtOf(15 * KIB));
  expectProblem(answer, 401, 'unauthenticated');
  connection.request('GET /v1/images');
  expect((await connection.answer()).status).toBe(200);
  connection.cut();
});

it('a text of 15 KiB that is no token is a 401', async () => {
  const { answer, connection } = await present('x'.repeat(15 * KIB));
  expectProblem(answer, 401, 'unauthenticated');
  connection.cut();
});

it('a stream of tokens of 1 MiB does not make the api grow', async () => {
  const token = 'x'.repeat(MIB);
  const send = async (): Promise<void> => {
    const { answer, connection } = await present(token);
    expect(answer.status).toBe(431);
    await connection.closed();
  };
  for (let time = 0; time < 20; time += 1) {
    await send();
  }
  const before = residentBytes();
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 10 }, send));
  }
  // 200 MiB came in; what stays of any of it would show.
  expect(residentBytes() - before).toBeLessThan(30 * MIB);
  await expectService();
}, 60_000);

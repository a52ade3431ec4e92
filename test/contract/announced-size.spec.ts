import { filesIn } from '../faults/store-files.js';
import { type JoinedService, joinContractService } from './contract-service.js';
import type { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import {
  begin,
  complete,
  digestOf,
  listParts,
  putPart,
  sendPart,
  settled,
  someBytes,
} from './upload-steps.js';

/** An upload takes up no more room than it announced, whatever its client sends. */

let service: JoinedService;
let writer: HttpClient;

beforeAll(async () => {
  service = await joinContractService();
  ({ writer } = service);
}, 60_000);

/** Sizes of all files that the store keeps for these bytes. */
async function storedSizes(bytes: Buffer): Promise<number[]> {
  const hex = digestOf(bytes).slice('sha256:'.length);
  const files = (await filesIn(service.running.storageDir)).filter(({ path }) => path.includes(hex));
  return files.map(({ sizeBytes }) => sizeBytes);
}

/** Sends the header of a part, and gives the answer that came before any of the body. */
async function answerToHeader(id: string, number: number, headers: readonly string[]) {
  const connection = await RawConnection.open(writer.baseUrl);
  const authorization = `Authorization: Bearer ${writer.token ?? ''}`;
  connection.request(`PUT /v1/uploads/${id}/parts/${number}`, [authorization, ...headers]);
  const answer = await connection.answer();
  connection.cut();
  return answer;
}

describe('a part that cannot belong to what was announced', () => {
  it.each([['Content-Length: 101'], ['Content-Length: 5368709120']])(
    'is refused before its body: %s for 100 bytes',
    async (length) => {
      const { id } = await begin(writer, someBytes());
      expectProblem(await answerToHeader(id, 1, [length]), 413, 'part-too-large');
      expectProblem(await answerToHeader(id, 1, [length, 'Expect: 100-continue']), 413, 'part-too-large');
      expect(await listParts(writer, id)).toEqual([]);
    },
  );

  it('is refused for what the other parts hold, and told what may still come', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    await sendPart(writer, id, 1, bytes.subarray(0, 60));
    const answer = await answerToHeader(id, 2, ['Content-Length: 41', 'Expect: 100-continue']);
    expect(expectProblem(answer, 413, 'part-too-large').detail).toMatch(
      / 60: this part may have at most 40\.$/,
    );
    expect((await putPart(writer, id, 2, bytes.subarray(60))).status).toBe(200);
    expectProblem(await answerToHeader(id, 3, ['Content-Length: 1']), 413, 'part-too-large');
    expect((await putPart(writer, id, 3, Buffer.alloc(0))).status).toBe(200);
  });

  it('is not one that replaces a part: only the others count', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    await sendPart(writer, id, 1, someBytes(60));
    await sendPart(writer, id, 2, someBytes(40));
    await sendPart(writer, id, 2, Buffer.alloc(0));
    const part = await sendPart(writer, id, 1, bytes);
    expect((await complete(writer, id, [part])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
  });

  it('is any with bytes when none were announced', async () => {
    const { id } = await begin(writer, Buffer.alloc(0), { expected_digest: digestOf(someBytes()) });
    expectProblem(await answerToHeader(id, 1, ['Content-Length: 1']), 413, 'part-too-large');
  });
});

describe('the store', () => {
  it('gives up the bytes of a replaced part at once', async () => {
    const bytes = someBytes(1000);
    const { id } = await begin(writer, bytes);
    for (let size = 100; size <= 1000; size += 100) {
      await sendPart(writer, id, 1, someBytes(size));
      expect(await storedSizes(bytes)).toEqual([size]);
    }
    await sendPart(writer, id, 1, bytes);
    const part = await sendPart(writer, id, 1, bytes);
    expect(await storedSizes(bytes)).toEqual([1000]);
    expect((await complete(writer, id, [part])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready' });
  });

  it('keeps no more than was announced when fifty parts come at the same time', async () => {
    const bytes = someBytes(1000);
    const { id } = await begin(writer, bytes);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => putPart(writer, id, index + 1, someBytes(300))),
    );
    const taken = answers.filter(({ status }) => status === 200);
    answers
      .filter((answer) => !taken.includes(answer))
      .forEach((a) => expectProblem(a, 413, 'part-too-large'));
    expect(taken).toHaveLength(3);
    expect(await listParts(writer, id)).toHaveLength(3);
    expect(await storedSizes(bytes)).toEqual([300, 300, 300]);
  });

  it('keeps no more than was announced when parts grow at the same time', async () => {
    const bytes = someBytes(1000);
    const { id } = await begin(writer, bytes);
    const numbers = [1, 2, 3, 4];
    await Promise.all(numbers.map((number) => sendPart(writer, id, number, someBytes(10))));
    await Promise.all(numbers.map((number) => putPart(writer, id, number, someBytes(400))));
    const listed = await listParts(writer, id);
    const sum = listed.reduce((total, { size_bytes }) => total + size_bytes, 0);
    expect(sum).toBeLessThanOrEqual(1000);
    expect((await storedSizes(bytes)).sort()).toEqual(listed.map(({ size_bytes }) => size_bytes).sort());
  });
});

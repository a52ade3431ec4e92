import { createHash } from 'node:crypto';
import { filesIn } from '../faults/store-files.js';
import { waitFor } from '../support/wait-for.js';
import { type ContractService, startContractService } from './contract-service.js';
import type { HttpClient } from '../support/http-client.js';
import { expectProblem } from './problem.js';
import { RawConnection } from './raw-connection.js';
import {
  begin,
  complete,
  digestOf,
  listParts,
  openFilesUnder,
  type Part,
  sendPart,
  settled,
  someBytes,
} from './upload-steps.js';

let service: ContractService;
let writer: HttpClient;

beforeAll(async () => {
  service = await startContractService();
  ({ writer } = service);
}, 60_000);
afterAll(() => service.stop(), 60_000);

/** Sends the header of a part that says no length. */
async function openPart(id: string, headers: readonly string[] = []): Promise<RawConnection> {
  const connection = await RawConnection.open(writer.baseUrl);
  const authorization = `Authorization: Bearer ${writer.token ?? ''}`;
  const framing = headers.some((header) => header.startsWith('Transfer-Encoding'))
    ? []
    : ['Transfer-Encoding: chunked'];
  connection.request(`PUT /v1/uploads/${id}/parts/1`, [authorization, ...framing, ...headers]);
  return connection;
}

function writeChunk(connection: RawConnection, bytes: Buffer): void {
  connection.write(`${bytes.length.toString(16)}\r\n`);
  connection.write(bytes);
  connection.write('\r\n');
}

/** Sends a part in chunks of 1000 bytes, and gives the answer. */
async function putChunked(id: string, bytes: Buffer, headers: readonly string[] = []) {
  const connection = await openPart(id, headers);
  for (let at = 0; at < bytes.length; at += 1000) {
    writeChunk(connection, bytes.subarray(at, at + 1000));
  }
  connection.write('0\r\n\r\n');
  const answer = await connection.answer();
  connection.cut();
  return answer;
}

async function filesOf(bytes: Buffer): Promise<number> {
  const hex = digestOf(bytes).slice('sha256:'.length);
  return (await filesIn(service.running.storageDir)).filter(({ path }) => path.includes(hex)).length;
}

describe('a part without a Content-Length', () => {
  it.each([0, 1, 1000, 123_456])('is taken when it is chunked: %d bytes', async (size) => {
    const bytes = someBytes(size);
    const { id } = await begin(writer, bytes);
    const answer = await putChunked(id, bytes);
    expect(answer).toMatchObject({ status: 200, json: { part_number: 1, size_bytes: size } });
    expect((await complete(writer, id, [answer.json as Part])).status).toBe(200);
    expect(await settled(writer, id)).toMatchObject({ state: 'ready', bytes_received: size });
  });

  it('is refused as soon as it is more than was announced, without its end, and nothing is kept', async () => {
    const bytes = someBytes(5000);
    const { id } = await begin(writer, bytes);
    const connection = await openPart(id);
    writeChunk(connection, bytes);
    writeChunk(connection, Buffer.from('x'));
    expectProblem(await connection.answer(), 413, 'part-too-large');
    connection.cut();
    expect(await listParts(writer, id)).toEqual([]);
    expect(await filesOf(bytes)).toBe(0);
  });

  it('is counted together with the other parts, and leaves what it was to replace', async () => {
    const bytes = someBytes(100);
    const { id } = await begin(writer, bytes);
    const first = await sendPart(writer, id, 1, bytes.subarray(0, 30));
    await sendPart(writer, id, 2, bytes.subarray(30, 60));
    expectProblem(await putChunked(id, someBytes(71)), 413, 'part-too-large');
    expect(await listParts(writer, id)).toMatchObject([{ etag: first.etag }, { part_number: 2 }]);
    expect((await putChunked(id, someBytes(70))).status).toBe(200);
  });

  it('leaves nothing when its client goes away before the last chunk', async () => {
    const bytes = someBytes(5000);
    const { id } = await begin(writer, bytes);
    const connection = await openPart(id);
    writeChunk(connection, bytes);
    const openFiles = () => openFilesUnder(service.running.storageDir, service.running.apis[0]?.pid ?? 0);
    await waitFor(async () => (await openFiles()) > 0, { what: 'the store to take the part' });
    connection.cut();
    await waitFor(async () => (await openFiles()) === 0, { what: 'the store to let the part go' });
    await waitFor(async () => (await filesOf(bytes)) === 0, { what: 'the file to be gone' });
    expect(await listParts(writer, id)).toEqual([]);
  });

  it('is held to the digest that came with it', async () => {
    const bytes = someBytes(5000);
    const { id } = await begin(writer, bytes);
    const header = (of: Buffer) => [
      `Content-Digest: sha-256=:${createHash('sha256').update(of).digest('base64')}:`,
    ];
    expectProblem(await putChunked(id, bytes, header(someBytes())), 400, 'part-digest-mismatch');
    expect(await listParts(writer, id)).toEqual([]);
    expect((await putChunked(id, bytes, header(bytes))).status).toBe(200);
  });

  it('is let come by 100 Continue', async () => {
    const bytes = someBytes();
    const { id } = await begin(writer, bytes);
    const connection = await openPart(id, ['Expect: 100-continue']);
    expect(await connection.answer()).toMatchObject({ status: 100 });
    writeChunk(connection, bytes);
    connection.write('0\r\n\r\n');
    expect(await connection.answer()).toMatchObject({ status: 200, json: { size_bytes: 100 } });
    connection.cut();
  });

  it('is refused in another coding, which nobody would undo', async () => {
    const { id } = await begin(writer, someBytes());
    const connection = await openPart(id, ['Transfer-Encoding: gzip, chunked']);
    expect((await connection.answer()).status).toBe(400);
    connection.cut();
    expect(await listParts(writer, id)).toEqual([]);
  });
});

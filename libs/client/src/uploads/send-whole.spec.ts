import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { digestFile } from '../files/digest-file.js';
import { ImgsrvClient } from '../imgsrv-client.js';
import { isSentWhole, sendWhole } from './send-whole.js';
import { FileChangedError, UploadRefusedError } from './upload.errors.js';
import type { UploadSource } from './upload-file.js';

type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

let folder: string;
let source: UploadSource;
const content = Buffer.alloc(300_000, 'content ');
let server: Server;
let client: ImgsrvClient;
/** What the server does with one request after the other; the last one goes on. */
let answers: Answer[];
let asked: IncomingMessage[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imgsrv-send-whole-'));
  const file = join(folder, 'file');
  await writeFile(file, content);
  source = { file, digest: await digestFile(file), sizeBytes: content.length };
  server = createServer().listen(0, '127.0.0.1');
  server.on('checkContinue', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    asked.push(incoming);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    answer?.(incoming, outgoing);
  });
  await once(server, 'listening');
  client = new ImgsrvClient({ baseUrl: urlOf(server), patienceMs: 0 });
});

beforeEach(() => {
  asked = [];
});

afterAll(async () => {
  client.close();
  server.close();
  await rm(folder, { recursive: true });
});

function urlOf(listening: { address(): unknown }): string {
  return `http://127.0.0.1:${(listening.address() as { readonly port: number }).port}`;
}

const taken: Answer = (incoming, outgoing) => {
  outgoing.writeContinue();
  buffer(incoming).then(
    (bytes) => {
      outgoing.writeHead(bytes.equals(content) ? 201 : 500, { 'content-type': 'application/json' }).end('{}');
    },
    () => undefined,
  );
};

const known: Answer = (_incoming, outgoing) => {
  outgoing.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end('{}');
};

const refused =
  (status: number, code: string): Answer =>
  (incoming, outgoing) => {
    outgoing.writeContinue();
    incoming.resume().once('end', () => {
      const problem = { type: `urn:imgsrv:problem:${code}`, title: code, status, detail: `It is ${code}.` };
      outgoing.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
    });
  };

it('sends the bytes when the server asks for them', async () => {
  answers = [taken];
  const done: number[] = [];
  const options = { onProgress: ({ doneBytes }: { doneBytes: number }) => done.push(doneBytes) };
  await expect(sendWhole(client, source, options)).resolves.toEqual({
    sentBytes: content.length,
    resumedBytes: 0,
  });
  expect(done.at(-1)).toBe(content.length);
  expect(asked[0]).toMatchObject({ method: 'PUT', url: `/v1/blobs/${encodeURIComponent(source.digest)}` });
});

it('sends nothing when the server has them', async () => {
  answers = [known];
  await expect(sendWhole(client, source, {})).resolves.toEqual({ sentBytes: 0, resumedBytes: 0 });
  expect(asked[0]?.readableDidRead).toBe(false);
});

it('sends them to a server that is never heard to ask', async () => {
  const received: Buffer[] = [];
  const silent = createTcpServer((socket) => {
    socket.on('data', (bytes) => {
      received.push(bytes);
      if (Buffer.concat(received).length > content.length) {
        socket.end('HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
      }
    });
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const other = new ImgsrvClient({ baseUrl: urlOf(silent), patienceMs: 0 });
  await expect(sendWhole(other, source, {})).resolves.toMatchObject({ sentBytes: content.length });
  other.close();
  silent.close();
});

it('sends once more what was damaged on its way', async () => {
  answers = [refused(400, 'digest-mismatch'), taken];
  await expect(sendWhole(client, source, {})).resolves.toMatchObject({ sentBytes: content.length });
});

it('gives up what is wrong twice', async () => {
  answers = [refused(400, 'digest-mismatch')];
  await expect(sendWhole(client, source, {})).rejects.toThrow(UploadRefusedError);
  expect(asked).toHaveLength(2);
});

it.each([
  [413, 'upload-too-large'],
  [405, 'method-not-allowed'],
  [404, 'not-found'],
])('leaves it to parts when the answer is %d', async (status, code) => {
  answers = [refused(status, code)];
  await expect(sendWhole(client, source, {})).resolves.toBeUndefined();
});

it('passes every other refusal on', async () => {
  answers = [refused(507, 'quota-exceeded')];
  await expect(sendWhole(client, source, {})).rejects.toMatchObject({ code: 'quota-exceeded' });
});

it('fails when the file has become shorter', async () => {
  answers = [taken];
  const file = join(folder, 'shrinking');
  await writeFile(file, content);
  const digest = await digestFile(file);
  await truncate(file, 1000);
  await expect(sendWhole(client, { file, digest, sizeBytes: content.length }, {})).rejects.toThrow(
    FileChangedError,
  );
});

it.each<[number, number | undefined, boolean]>([
  [0, undefined, true],
  [8 * 2 ** 20, undefined, true],
  [8 * 2 ** 20 + 1, undefined, false],
  [6 * 2 ** 20, 5 * 2 ** 20, false],
  [8 * 2 ** 20 + 1, 64 * 2 ** 20, false],
])('a file of %d bytes, with parts of %p, is sent whole: %p', (sizeBytes, partSizeBytes, expected) => {
  const options = partSizeBytes === undefined ? {} : { partSizeBytes };
  expect(isSentWhole({ ...source, sizeBytes }, options)).toBe(expected);
});

import { createHash, randomBytes } from 'node:crypto';
import { readdir, readlink } from 'node:fs/promises';
import { waitFor } from '../support/wait-for.js';
import type { Answer, HttpClient } from '../support/http-client.js';

export interface Session {
  readonly id: string;
  readonly state: string;
  readonly bytes_received: number;
  readonly failure?: { readonly code: string; readonly detail: string };
}

export interface Part {
  readonly part_number: number;
  readonly etag: string;
  readonly size_bytes: number;
}

/** S3 assembles nothing with a smaller part before the last. */
export const SMALLEST_PART_BYTES = 5 * 2 ** 20;

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export function someBytes(sizeBytes = 100): Buffer {
  return randomBytes(sizeBytes);
}

/** Begins an upload of these bytes, or of what `announced` says instead. */
export async function begin(
  client: HttpClient,
  bytes: Buffer,
  announced: Readonly<Record<string, unknown>> = {},
): Promise<Session> {
  const answer = await client.post('/v1/uploads', {
    expected_digest: digestOf(bytes),
    expected_size_bytes: bytes.length,
    ...announced,
  });
  expect(answer.status).toBe(201);
  return answer.json as Session;
}

export function putPart(
  client: HttpClient,
  id: string,
  number: number | string,
  bytes: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return client.send('PUT', `/v1/uploads/${id}/parts/${number}`, { body: bytes, headers });
}

/** Sends one part and expects it to be taken. */
export async function sendPart(client: HttpClient, id: string, number: number, bytes: Buffer): Promise<Part> {
  const answer = await putPart(client, id, number, bytes);
  expect(answer.status).toBe(200);
  return answer.json as Part;
}

export async function listParts(client: HttpClient, id: string): Promise<readonly Part[]> {
  const answer = await client.get(`/v1/uploads/${id}/parts`);
  expect(answer.status).toBe(200);
  return (answer.json as { readonly parts: readonly Part[] }).parts;
}

/** Completes with these parts, or with what `changes` makes of them. */
export function complete(client: HttpClient, id: string, parts: readonly Part[]): Promise<Answer> {
  return client.post(`/v1/uploads/${id}/complete`, {
    parts: parts.map(({ part_number: number, etag, size_bytes }) => ({ number, etag, size_bytes })),
  });
}

export async function sessionOf(client: HttpClient, id: string): Promise<Session> {
  const answer = await client.get(`/v1/uploads/${id}`);
  expect(answer.status).toBe(200);
  return answer.json as Session;
}

/** The session once the worker is done with it. */
export async function settled(client: HttpClient, id: string): Promise<Session> {
  return waitFor(
    async () => {
      const session = await sessionOf(client, id);
      return session.state === 'ready' || session.state === 'failed' ? session : undefined;
    },
    { what: `upload ${id} to be ready or failed`, timeoutMs: 25_000 },
  );
}

/** Uploads bytes as one part until they are verified, and gives the session. */
export async function upload(client: HttpClient, bytes: Buffer): Promise<Session> {
  const { id } = await begin(client, bytes);
  const part = await sendPart(client, id, 1, bytes);
  expect((await complete(client, id, [part])).status).toBe(200);
  return settled(client, id);
}

/** How many files under `folder` a process has open. */
export async function openFilesUnder(folder: string, pid: number): Promise<number> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')),
  );
  return targets.filter((target) => target.startsWith(`${folder}/`)).length;
}

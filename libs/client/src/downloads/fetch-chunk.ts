import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connectionError, UnexpectedAnswerError, UnreachableServerError } from '../http/connection.errors.js';
import type { ImgsrvClient } from '../imgsrv-client.js';
import { type Chunk, isRange } from './chunk-plan.js';

/** How often a chunk may break without one byte of it. */
const MOST_FRUITLESS_TRIES = 5;

export interface ChunkRequest {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
}

/** Something between here and the server takes ranges away. */
export class RangesIgnoredError extends Error {
  override readonly name = 'RangesIgnoredError';
}

/** Writes a chunk to its place in the file. Goes on where it broke, as long as something arrives. */
export async function fetchChunk(
  client: ImgsrvClient,
  target: FileHandle,
  { start, end }: Chunk,
  request: ChunkRequest,
): Promise<void> {
  let position = start;
  for (let fruitless = 0; position < end;) {
    const before = position;
    try {
      for await (const bytes of await open(client, position, end, request)) {
        if (position + bytes.length > end) throw tooMuch(client);
        await writeAll(target, bytes, position);
        position += bytes.length;
        request.onBytes(bytes.length);
      }
      if (position < end)
        throw new UnreachableServerError(client.baseUrl.origin, 'the connection broke', false);
    } catch (error) {
      const failure = translate(client, error, request.signal);
      fruitless = position > before ? 0 : fruitless + 1;
      if (!(failure instanceof UnreachableServerError) || fruitless >= MOST_FRUITLESS_TRIES) throw failure;
    }
  }
}

async function open(
  client: ImgsrvClient,
  start: number,
  end: number,
  { path, digest, sizeBytes, signal }: ChunkRequest,
): Promise<AsyncIterable<Buffer>> {
  const isWhole = start === 0 && end === sizeBytes;
  const incoming = await client.send({
    method: 'GET',
    path,
    headers: { 'accept-encoding': 'identity', ...(isWhole ? {} : { range: `bytes=${start}-${end - 1}` }) },
    signal,
    isRepeatable: true,
  });
  const refusal = refuse(incoming, isWhole, { start, end, digest, sizeBytes });
  if (refusal !== undefined) {
    incoming.destroy();
    throw refusal;
  }
  return incoming;
}

function refuse(
  { statusCode = 0, headers }: IncomingMessage,
  isWhole: boolean,
  {
    start,
    end,
    digest,
    sizeBytes,
  }: Pick<ChunkRequest, 'digest' | 'sizeBytes'> & Pick<Chunk, 'start' | 'end'>,
): Error | undefined {
  if (headers.etag !== `"${digest}"`) {
    return new UnexpectedAnswerError(
      statusCode,
      `The server sends ${headers.etag ?? 'something'} instead of ${digest}.`,
    );
  }
  if (isWhole && statusCode === 200) return undefined;
  if (statusCode === 206 && isRange(headers['content-range'], start, end, sizeBytes)) return undefined;
  return statusCode === 200
    ? new RangesIgnoredError('ranges are ignored')
    : new UnexpectedAnswerError(statusCode, 'The server sends another range than was asked for.');
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await target.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
  }
}

function tooMuch(client: ImgsrvClient): Error {
  return new UnexpectedAnswerError(200, `${client.baseUrl.origin} sends more than it said.`);
}

/** A broken body is told by an error of the socket; what the file system says stays as it is. */
function translate(client: ImgsrvClient, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  const isOfSocket =
    code === 'ECONNRESET' ||
    code === 'ETIMEDOUT' ||
    code === 'EPIPE' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE';
  return isOfSocket && syscall !== 'write' ? connectionError(client.baseUrl.origin, error) : error;
}

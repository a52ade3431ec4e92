import { setTimeout as wait } from 'node:timers/promises';
import type { Schemas } from '../api-call.js';
import type { ImgsrvClient } from '../imgsrv-client.js';
import { inParallel } from '../in-parallel.js';
import { isProblem } from '../problem.error.js';
import { missingParts, type PlannedPart, planParts } from './part-plan.js';
import { sendPart } from './send-part.js';
import { isSentWhole, sendWhole } from './send-whole.js';
import { UploadRefusedError } from './upload.errors.js';
import type { UploadMemory } from './upload-memory.js';

export interface UploadSource {
  readonly file: string;
  /** `sha256:…` of the whole file. */
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface UploadProgress {
  /** `verifying`: the server reads what it has stored. */
  readonly phase: 'sending' | 'verifying';
  readonly doneBytes: number;
}

export interface UploadOptions {
  /** Where the upload is remembered until it is over; without it a new process begins again. */
  readonly memory?: UploadMemory;
  /** How many parts at the same time. Default 4. */
  readonly parallel?: number;
  /** Size of the parts of a new upload; default what the server advises. At least 5 MiB. */
  readonly partSizeBytes?: number;
  readonly mediaType?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: UploadProgress) => void;
}

/** How an upload went. */
export interface UploadReport {
  /** Parts that an earlier run had sent. */
  readonly resumedBytes: number;
  /** 0 when the server had the bytes already. */
  readonly sentBytes: number;
}

type Session = Schemas['UploadSessionResponse'];

interface OpenUpload {
  readonly session: Session;
  readonly plan: readonly PlannedPart[];
  readonly missing: readonly PlannedPart[];
}

const DEFAULT_PARALLEL = 4;
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 2000;
/** A session that was remembered is of no use any more. */
const SESSION_OVER = ['upload-not-found', 'upload-state', 'upload-expired'];

/**
 * Has the server store and verify a file; safe to repeat after any interruption. Sends what the server does not have: a small
 * file in one request, a large one in parts that can be resumed. Rejects with
 * `UploadRefusedError` when the stored bytes are not those of the digest.
 */
export async function uploadFile(
  client: ImgsrvClient,
  source: UploadSource,
  options: UploadOptions = {},
): Promise<UploadReport> {
  const resumed = await resume(client, source, options);
  if (resumed !== undefined) {
    try {
      return await finish(client, source, resumed, options);
    } catch (error) {
      if (!(error instanceof UploadRefusedError) && !isProblem(error, ...SESSION_OVER)) throw error;
      // Once more from the beginning: what was sent before may be of another file.
      await options.memory?.forget();
    }
  }
  const whole = isSentWhole(source, options) ? await sendWhole(client, source, options) : undefined;
  return whole ?? finish(client, source, await begin(client, source, options), options);
}

async function begin(
  client: ImgsrvClient,
  source: UploadSource,
  options: UploadOptions,
): Promise<OpenUpload> {
  const session = await client.call('post', '/v1/uploads', {
    body: {
      expected_digest: source.digest,
      expected_size_bytes: source.sizeBytes,
      ...(options.mediaType === undefined ? {} : { media_type_hint: options.mediaType }),
    },
    ...signalOf(options),
    // Another session, which expires by itself.
    isRepeatable: true,
  });
  const partSizeBytes = options.partSizeBytes ?? session.part_size_bytes;
  const plan = planParts(source.sizeBytes, partSizeBytes);
  if (session.state !== 'ready') {
    const { digest, sizeBytes } = source;
    await options.memory?.remember({ uploadId: session.id, digest, sizeBytes, partSizeBytes });
  }
  return { session, plan, missing: plan };
}

/** The upload that an earlier run left behind, if it is of this file and can go on. */
async function resume(
  client: ImgsrvClient,
  source: UploadSource,
  options: UploadOptions,
): Promise<OpenUpload | undefined> {
  const remembered = await options.memory?.recall();
  if (remembered?.digest !== source.digest || remembered.sizeBytes !== source.sizeBytes) return undefined;
  const at = { path: { upload_id: remembered.uploadId }, ...signalOf(options) };
  try {
    const session = await client.call('get', '/v1/uploads/{upload_id}', at);
    if (session.expected_digest !== source.digest || ['aborted', 'failed'].includes(session.state))
      return undefined;
    const plan = planParts(source.sizeBytes, remembered.partSizeBytes);
    if (!isOpen(session)) return { session, plan, missing: [] };
    const { parts } = await client.call('get', '/v1/uploads/{upload_id}/parts', at);
    const missing = missingParts(plan, parts);
    if (missing !== undefined) return { session, plan, missing };
    await client.call('post', '/v1/uploads/{upload_id}/abort', { ...at, isRepeatable: true });
    return undefined;
  } catch (error) {
    // Another principal's, or long gone.
    if (isProblem(error, ...SESSION_OVER)) return undefined;
    throw error;
  }
}

async function finish(
  client: ImgsrvClient,
  source: UploadSource,
  { session, plan, missing }: OpenUpload,
  options: UploadOptions,
): Promise<UploadReport> {
  const isSent = isOpen(session);
  const sentBytes = isSent ? sizeOf(missing) : 0;
  if (isSent) {
    await sendParts(
      client,
      source,
      session.id,
      { missing, keptBytes: source.sizeBytes - sentBytes },
      options,
    );
    await complete(client, session.id, options);
  }
  await verified(client, session, options);
  await options.memory?.forget();
  return { sentBytes, resumedBytes: isSent ? sizeOf(plan) - sentBytes : 0 };
}

async function sendParts(
  client: ImgsrvClient,
  source: UploadSource,
  uploadId: string,
  { missing, keptBytes }: { readonly missing: readonly PlannedPart[]; readonly keptBytes: number },
  options: UploadOptions,
): Promise<void> {
  const sent = new Map<number, number>();
  const tell = (part: PlannedPart, bytes: number): void => {
    sent.set(part.number, bytes);
    options.onProgress?.({
      phase: 'sending',
      doneBytes: keptBytes + [...sent.values()].reduce((sum, value) => sum + value, 0),
    });
  };
  await inParallel(missing, options.parallel ?? DEFAULT_PARALLEL, options.signal, (part, signal) =>
    sendPart(client, source.file, uploadId, part, {
      signal,
      onSent: (bytes) => {
        tell(part, bytes);
      },
    }),
  );
}

/** With what the server has recorded, which may be of another run of the same upload. */
async function complete(client: ImgsrvClient, uploadId: string, options: UploadOptions): Promise<void> {
  const at = { path: { upload_id: uploadId }, ...signalOf(options) };
  const { parts } = await client.call('get', '/v1/uploads/{upload_id}/parts', at);
  await client.call('post', '/v1/uploads/{upload_id}/complete', {
    ...at,
    body: { parts: parts.map(({ part_number: number, etag, size_bytes }) => ({ number, etag, size_bytes })) },
    isRepeatable: true,
  });
}

async function verified(client: ImgsrvClient, begun: Session, options: UploadOptions): Promise<void> {
  let session = begun;
  for (
    let lookMs = FIRST_LOOK_MS;
    session.state !== 'ready';
    lookMs = Math.min(lookMs * 1.5, LONGEST_LOOK_MS)
  ) {
    session = await client.call('get', '/v1/uploads/{upload_id}', {
      path: { upload_id: begun.id },
      ...signalOf(options),
    });
    if (session.state === 'failed' || session.state === 'aborted') {
      const { code, detail } = session.failure ?? {
        code: session.state,
        detail: `The upload was ${session.state}.`,
      };
      throw new UploadRefusedError(code, detail);
    }
    options.onProgress?.({ phase: 'verifying', doneBytes: session.bytes_verified });
    if (session.state !== 'ready') await wait(lookMs, undefined, signalOf(options));
  }
}

function isOpen({ state }: Session): boolean {
  return state === 'created' || state === 'uploading';
}

function sizeOf(parts: readonly PlannedPart[]): number {
  return parts.reduce((sum, { start, end }) => sum + end - start, 0);
}

function signalOf({ signal }: UploadOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

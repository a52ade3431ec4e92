import { hashFile } from '../files/digest-file.js';
import { readAll } from '../http/http-transport.js';
import { fillPath } from '../api-call.js';
import type { ImgsrvClient } from '../imgsrv-client.js';
import { isProblem } from '../problem.error.js';
import { countedBody } from './counted-body.js';
import type { PlannedPart } from './part-plan.js';

const MAX_ANSWER_BYTES = 64 * 1024;

export interface SendPartOptions {
  readonly signal: AbortSignal;
  /** Told how much of the part is on its way; less than before when it is sent again. */
  readonly onSent: (bytes: number) => void;
}

/**
 * Sends a part, again as often as the client repeats. The server compares it with its digest before it counts, so that what
 * is damaged on its way is sent once more and not the whole file.
 */
export async function sendPart(
  client: ImgsrvClient,
  file: string,
  uploadId: string,
  part: PlannedPart,
  options: SendPartOptions,
): Promise<void> {
  try {
    await sendOnce(client, file, uploadId, part, options);
  } catch (error) {
    if (!isProblem(error, 'part-digest-mismatch')) throw error;
    await sendOnce(client, file, uploadId, part, options);
  }
}

async function sendOnce(
  client: ImgsrvClient,
  file: string,
  uploadId: string,
  part: PlannedPart,
  { signal, onSent }: SendPartOptions,
): Promise<void> {
  const digest = await hashFile(file, { signal }, part);
  const sizeBytes = part.end - part.start;
  const incoming = await client.send({
    method: 'PUT',
    path: fillPath('/v1/uploads/{upload_id}/parts/{number}', { upload_id: uploadId, number: part.number }),
    headers: {
      accept: 'application/json',
      'content-type': 'application/octet-stream',
      'content-length': String(sizeBytes),
      'content-digest': `sha-256=:${digest.toString('base64')}:`,
    },
    body: () => countedBody(file, part, onSent),
    signal,
    isRepeatable: true,
  });
  await readAll(incoming, client.baseUrl.origin, MAX_ANSWER_BYTES);
  onSent(sizeBytes);
}

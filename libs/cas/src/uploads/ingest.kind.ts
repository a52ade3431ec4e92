import { type JobKind, SHORT_RETENTION } from '@imgsrv/jobs';
import type { UploadSessionId } from './upload-session.js';

export interface IngestPayload {
  readonly uploadId: UploadSessionId;
}

/** Verifies the bytes of one completed upload. */
export const INGEST_BLOB: JobKind<IngestPayload> = {
  name: 'ingest_blob',
  class: 'ingest',
  maxAttempts: 5,
  steps: [],
  timeLimit: { baseMs: 600_000, minBytesPerSecond: 2 ** 20 },
  retention: SHORT_RETENTION,
  parsePayload: (stored) => {
    const { uploadId } = stored as Partial<IngestPayload>;
    if (typeof uploadId !== 'string') {
      throw new Error('not the payload of an ingest');
    }
    return { uploadId };
  },
};

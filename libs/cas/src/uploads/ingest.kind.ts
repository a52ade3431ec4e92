import type { JobKind } from '@imgsrv/jobs';
import type { UploadSessionId } from './upload-session.js';

export interface IngestPayload {
  readonly uploadId: UploadSessionId;
}

/** Verifies the bytes of one completed upload. */
export const INGEST_BLOB: JobKind<IngestPayload> = {
  name: 'ingest_blob',
  maxAttempts: 5,
  steps: [],
  parsePayload: (stored) => {
    const { uploadId } = stored as Partial<IngestPayload>;
    if (typeof uploadId !== 'string') {
      throw new Error('not the payload of an ingest');
    }
    return { uploadId };
  },
};

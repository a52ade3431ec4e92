import type { ChangeRecorder, Transaction } from '@imgsrv/platform';
import type { UploadSession, UploadSessionId } from './upload-session.js';

/** Where an upload is in the record of changes. */
export function uploadResource(id: UploadSessionId): string {
  return `uploads/${id}`;
}

export async function recordBegin(
  tx: Transaction,
  changes: ChangeRecorder,
  session: UploadSession,
): Promise<void> {
  await changes.record(tx, {
    action: 'upload.begin',
    resource: uploadResource(session.id),
    after: {
      state: session.state,
      expected_digest: session.expectedDigest,
      expected_size_bytes: session.expectedSizeBytes,
    },
  });
}

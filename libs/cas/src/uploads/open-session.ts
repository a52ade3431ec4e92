import { UploadNotFoundError, UploadStateError } from './upload.errors.js';
import { isOpen, type UploadObject, type UploadSession } from './upload-session.js';

/** Throws UploadNotFoundError. */
export function requireSession(session: UploadSession | undefined): UploadSession {
  if (session === undefined) {
    throw new UploadNotFoundError();
  }
  return session;
}

/** Where the parts of an open upload go. Throws UploadStateError when it is over, or takes none. */
export function requireOpen(session: UploadSession): Required<UploadObject> {
  if (!isOpen(session.state) || session.object === undefined) {
    const detail =
      session.state === 'aborted'
        ? 'The upload was aborted or has expired; begin another.'
        : `The upload is ${session.state}; only an open one can go on.`;
    throw new UploadStateError(detail, session.state);
  }
  const { storageKey, multipartUploadId } = session.object;
  if (multipartUploadId === undefined) {
    throw new UploadStateError(
      'The bytes of this upload come in one request; it has no parts.',
      session.state,
    );
  }
  return { storageKey, multipartUploadId };
}

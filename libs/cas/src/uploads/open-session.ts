import { UploadNotFoundError, UploadStateError } from './upload.errors.js';
import { isOpen, type UploadObject, type UploadSession } from './upload-session.js';

/** Throws UploadNotFoundError. */
export function requireSession(session: UploadSession | undefined): UploadSession {
  if (session === undefined) {
    throw new UploadNotFoundError();
  }
  return session;
}

/** Where the bytes of an open upload go. Throws UploadStateError when it is over. */
export function requireOpen(session: UploadSession): UploadObject {
  if (!isOpen(session.state) || session.object === undefined) {
    throw new UploadStateError(`The upload is ${session.state}; only an open one can go on.`, session.state);
  }
  if (session.isExpired) {
    throw new UploadStateError('The upload has expired.', session.state);
  }
  return session.object;
}

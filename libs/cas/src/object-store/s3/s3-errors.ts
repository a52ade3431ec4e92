import { S3ServiceException } from '@aws-sdk/client-s3';
import { DependencyUnavailableError } from '@imgsrv/platform';
import { NoSuchMultipartUploadError } from '../object-store.errors.js';

/** S3's own name of the error the store answered with, or undefined when it did not answer. */
export function answeredError(error: unknown): string | undefined {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode !== undefined
    ? error.name
    : undefined;
}

/** The status of the store's answer, or undefined when it did not answer. */
export function answeredStatus(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

/** Everything that is no answer about the key asked for: network, time-outs, overload, refused credentials, no bucket. */
export function storeUnavailable(cause: unknown): DependencyUnavailableError {
  return cause instanceof DependencyUnavailableError
    ? cause
    : new DependencyUnavailableError('object-store', { cause: told(cause), ...reasonOf(cause) });
}

/** Completes "The object store is …". The store's own words are for the log: they name keys and accounts. */
function reasonOf(cause: unknown): { readonly reason?: string } {
  const status = answeredStatus(cause);
  if (status === undefined) return {};
  return { reason: status === 503 || status === 429 ? 'overloaded right now' : 'not usable right now' };
}

/** With the status and S3's own code first, by which an operator finds the cause; the SDK's message may be empty. */
function told(cause: unknown): unknown {
  const code = answeredError(cause);
  return cause instanceof S3ServiceException && code !== undefined
    ? new Error(`the store answered ${cause.$metadata.httpStatusCode ?? ''} ${code}`, { cause })
    : cause;
}

export function uploadLost(cause: unknown): NoSuchMultipartUploadError {
  return new NoSuchMultipartUploadError('The object store no longer has this upload.', { cause });
}

/** A value that S3 always answers with, although the SDK's types leave it optional. */
export function requireAnswered<T>(value: T | undefined): T {
  if (value === undefined) throw storeUnavailable(new Error('The answer of the object store is incomplete.'));
  return value;
}

/** The other side closed the connection while it was used. The SDK may wrap the error, which keeps its words only. */
export function isBrokenConnection(error: unknown): boolean {
  return (
    error instanceof DependencyUnavailableError && /ECONNRESET|EPIPE|socket hang up/.test(String(error.cause))
  );
}

/** The store refused the list of parts of a complete. */
export function isAboutParts(error: unknown): boolean {
  return ['InvalidPart', 'InvalidPartOrder', 'EntityTooSmall'].includes(answeredError(error) ?? '');
}

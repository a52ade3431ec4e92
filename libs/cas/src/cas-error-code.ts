import type { BlobDamagedError, BlobNotFoundError } from './blobs/blob.errors.js';
import type { BlobReferencedError, CollectionNotFoundError } from './collection/collection.errors.js';
import type {
  NoSuchMultipartUploadError,
  NoSuchObjectError,
  PartLengthRequiredError,
  PartMismatchError,
  TruncatedBodyError,
} from './object-store/object-store.errors.js';
import type { EmptyQuotaError, QuotaBelowUseError, QuotaExceededError } from './quotas/quota.errors.js';
import type {
  BlobSizeConflictError,
  DigestMismatchError,
  InvalidPartListError,
  OpenUploadLimitError,
  PartDigestMismatchError,
  PartTooLargeError,
  UploadNotFoundError,
  UploadSizeMismatchError,
  UploadStateError,
  UploadTooLargeError,
} from './uploads/upload.errors.js';

/** Every code that this lib raises. */
export type CasErrorCode =
  | BlobDamagedError['code']
  | BlobNotFoundError['code']
  | BlobReferencedError['code']
  | BlobSizeConflictError['code']
  | CollectionNotFoundError['code']
  | DigestMismatchError['code']
  | EmptyQuotaError['code']
  | InvalidPartListError['code']
  | NoSuchMultipartUploadError['code']
  | NoSuchObjectError['code']
  | OpenUploadLimitError['code']
  | PartDigestMismatchError['code']
  | PartLengthRequiredError['code']
  | PartMismatchError['code']
  | PartTooLargeError['code']
  | QuotaBelowUseError['code']
  | QuotaExceededError['code']
  | TruncatedBodyError['code']
  | UploadNotFoundError['code']
  | UploadSizeMismatchError['code']
  | UploadStateError['code']
  | UploadTooLargeError['code'];

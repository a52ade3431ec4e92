export {
  type Blob,
  BLOB_STATES,
  type BlobInspection,
  type BlobState,
  type DamageKind,
} from './blobs/blob.js';
export { BlobDamagedError, BlobNotFoundError } from './blobs/blob.errors.js';
export { hasBrought, isUploadedBy } from './blobs/blob-possession.repository.js';
export { BlobReader } from './blobs/blob-reader.js';
export { isAvailable, keepBlob, keepBlobs, keepVirtualSize } from './blobs/blob.repository.js';
export { DigestCheck } from './blobs/digest-check.js';
export type { CasErrorCode } from './cas-error-code.js';
export { BlobCollection } from './collection/collect-blobs.js';
export { COLLECT_BLOBS, type CollectBlobsPayload } from './collection/collect-blobs.kind.js';
export type { Collection } from './collection/collection.js';
export type { CollectedBlob, CollectionReport } from './collection/collection-report.js';
export { Collections } from './collection/collections.js';
export { countContent } from './content-figures.repository.js';
export { type Digest, DIGEST_PATTERN, digestOfHex, hexOf, isDigest, parseDigest } from './digest.js';
export { DISCARD_OBJECT, type DiscardedObject, removeDiscarded } from './discard/discard-object.js';
export { isGenerationKey, type RecordKey, recordKey, type RecordSubject } from './object-keys.js';
export { compareStore, type StoreComparison } from './comparison/compare-store.js';
export { examineStorage } from './object-store/examine-storage.js';
export { hashObject } from './object-store/hash-object.js';
export { openObjectStore, UnconfiguredObjectStore } from './object-store/open-object-store.js';
export { ObservedObjectStore } from './object-store/observed-object-store.js';
export { OBJECT_STORE_METRICS, ObjectStoreMetrics } from './object-store/object-store-metrics.js';
export { pour } from './object-store/pour.js';
export type { ByteRange, ObjectStore } from './object-store/object-store.js';
export { listLastRecords, putRecord, readRecord } from './records/record-objects.js';
export {
  adoptRecord,
  findStoredRecords,
  keepStoredRecord,
  listDueRecords,
  outdateRecord,
  type RecordedSubject,
} from './records/stored-record.repository.js';
export { SCRUB_BLOBS, type ScrubBlobsPayload } from './scrub/scrub-blobs.kind.js';
export { BlobScrub, type ScrubObserver } from './scrub/scrub-blobs.js';
export { countDamage } from './scrub/scrub.repository.js';
export { countCandidates, type StorageUsage, type StoredAmount } from './storage-usage.repository.js';
export type { EffectiveQuota, LedgerDifference, Quota } from './quotas/quota.js';
export { compareLedger } from './quotas/quota.repository.js';
export { QuotaExceededError } from './quotas/quota.errors.js';
export { Quotas } from './quotas/quotas.js';
export { StoreSweep, type SweepObserver } from './strays/sweep-store.js';
export { SWEEP_STORE } from './strays/sweep-store.kind.js';
export { type AnnouncedDigest } from './uploads/body-check.js';
export { EXPIRE_UPLOADS, expireUploads } from './uploads/expire-uploads.js';
export type { HeaderInspector } from './uploads/header-inspector.js';
export { Ingest, settleAsFailed } from './uploads/ingest.js';
export { INGEST_BLOB, type IngestPayload } from './uploads/ingest.kind.js';
export { MadeBlobs } from './uploads/made-blobs.js';
export { advisedPartSizeBytes, LAST_PART_NUMBER } from './uploads/part-list.js';
export { OpenUploadLimitError, UploadNotFoundError } from './uploads/upload.errors.js';
export { isSessionOf } from './uploads/upload.repository.js';
export {
  type NewUpload,
  UPLOAD_FAILURE_CODES,
  type UploadFailure,
  type UploadPart,
  type UploadSession,
  type UploadSessionId,
} from './uploads/upload-session.js';
export { Uploads, type UploadLimits } from './uploads/uploads.js';
export { WholeUploads } from './uploads/whole-uploads.js';
export { DamagedObjectError, NoSuchObjectError } from './object-store/object-store.errors.js';

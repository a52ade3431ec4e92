import { KEEP_AUDIT_MONTHS } from '@imgsrv/audit';
import {
  COLLECT_BLOBS,
  DISCARD_OBJECT,
  EXPIRE_UPLOADS,
  INGEST_BLOB,
  SCRUB_BLOBS,
  SWEEP_STORE,
} from '@imgsrv/cas';
import { APPLY_RETENTION, PUBLISH_VERSION, RELEASE_WITHDRAWN } from '@imgsrv/catalog';
import { type JobKind, PURGE_JOBS } from '@imgsrv/jobs';
import { RECORD_CATALOG } from '@imgsrv/records';
import { REPROJECT_STREAMS } from './projection/reproject-streams.kind.js';

/** Every kind of job that there is. A worker has a handler for each; what is kept, repeated and measured goes by this. */
export const JOB_KINDS: readonly JobKind<object>[] = [
  INGEST_BLOB,
  PUBLISH_VERSION,
  DISCARD_OBJECT,
  EXPIRE_UPLOADS,
  COLLECT_BLOBS,
  SWEEP_STORE,
  SCRUB_BLOBS,
  PURGE_JOBS,
  REPROJECT_STREAMS,
  APPLY_RETENTION,
  RELEASE_WITHDRAWN,
  RECORD_CATALOG,
  KEEP_AUDIT_MONTHS,
];

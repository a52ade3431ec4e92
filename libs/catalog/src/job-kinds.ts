import { DISCARD_OBJECT, EXPIRE_UPLOADS, INGEST_BLOB } from '@imgsrv/cas';
import { type JobKind, PURGE_JOBS } from '@imgsrv/jobs';
import { PUBLISH_VERSION } from './publishing/publish-version.kind.js';

/** Every kind of job that there is. A worker has a handler for each; what is kept, repeated and measured goes by this. */
export const JOB_KINDS: readonly JobKind<object>[] = [
  INGEST_BLOB,
  PUBLISH_VERSION,
  DISCARD_OBJECT,
  EXPIRE_UPLOADS,
  PURGE_JOBS,
];

import type { Collection, CollectionReport } from '@imgsrv/cas';
import { IsBoolean } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';

export class StartCollectionRequest {
  /** Only tells what a collection would do. False when absent. */
  @MayBeAbsent()
  @IsBoolean()
  dry_run?: boolean;
}

export class CollectionReportResponse {
  /** Blobs that were looked at. */
  examined_blobs: number;
  /** Blobs that nothing refers to, which was not known before: their grace begins. */
  new_candidates: number;
  /** Blobs that something refers to again. */
  dropped_candidates: number;
  /** Blobs that are removed; in a dry run, that would be. */
  removed_blobs: number;
  removed_bytes: number;
  /** The first 100 of them. */
  removed_digests: string[];
}

export class CollectionResponse {
  id: string;
  state: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled';
  dry_run: boolean;
  /** Present when only this blob is collected. */
  digest?: string;
  /** What was done so far; absent until a worker has begun. */
  report?: CollectionReportResponse;
  failure_message?: string;
  created_at: string;
  started_at?: string;
  finished_at?: string;
}

export function toCollectionResponse(collection: Collection): CollectionResponse {
  const { digest, report, failureMessage, startedAt, finishedAt } = collection;
  return {
    id: collection.id,
    state: collection.state,
    dry_run: collection.dryRun,
    ...(digest === undefined ? {} : { digest }),
    ...(report === undefined ? {} : { report: toReportResponse(report) }),
    ...(failureMessage === undefined ? {} : { failure_message: failureMessage }),
    created_at: collection.createdAt.toISOString(),
    ...(startedAt === undefined ? {} : { started_at: startedAt.toISOString() }),
    ...(finishedAt === undefined ? {} : { finished_at: finishedAt.toISOString() }),
  };
}

function toReportResponse(report: CollectionReport): CollectionReportResponse {
  return {
    examined_blobs: report.examinedBlobs,
    new_candidates: report.newCandidates,
    dropped_candidates: report.droppedCandidates,
    removed_blobs: report.removedBlobs,
    removed_bytes: report.removedBytes,
    removed_digests: [...report.removedDigests],
  };
}

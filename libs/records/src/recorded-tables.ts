import type { RecordSubject } from '@imgsrv/cas';

/** A table whose rows belong to a record. */
export interface RecordedTable {
  readonly name: string;
  /** As SQL, which rows `t` of it belong to the row `r` of `stored_records`. */
  readonly belongs: string;
  /** Columns that put the rows of one record in an order. */
  readonly order: readonly string[];
}

/** As SQL, what a version keeps of its artifacts' and attachments' blobs: nothing once it is released. */
const BOUND_BLOBS = `
  SELECT bound_blob_digest FROM artifacts WHERE version_id = r.subject_id
  UNION SELECT n.bound_blob_digest FROM attachments n JOIN artifacts a ON a.id = n.artifact_id
         WHERE a.version_id = r.subject_id`;

/**
 * All that a record has, in an order in which rows can be inserted. Whole rows are recorded, so that a column of a later
 * release is recorded before anybody thinks of it.
 */
export const RECORDED_TABLES: Readonly<Record<RecordSubject, readonly RecordedTable[]>> = {
  images: [
    { name: 'images', belongs: 't.id = r.subject_id', order: ['id'] },
    { name: 'aliases', belongs: 't.image_id = r.subject_id', order: ['alias'] },
    { name: 'retention_policies', belongs: 't.image_id = r.subject_id', order: ['image_id'] },
  ],
  versions: [
    { name: 'blobs', belongs: `t.digest IN (${BOUND_BLOBS})`, order: ['digest'] },
    { name: 'versions', belongs: 't.id = r.subject_id', order: ['id'] },
    { name: 'artifacts', belongs: 't.version_id = r.subject_id', order: ['id'] },
    {
      name: 'attachments',
      belongs: 't.artifact_id IN (SELECT id FROM artifacts WHERE version_id = r.subject_id)',
      order: ['id'],
    },
    {
      name: 'delta_checks',
      belongs: `t.attachment_id IN (SELECT n.id FROM attachments n JOIN artifacts a ON a.id = n.artifact_id
                                     WHERE a.version_id = r.subject_id)`,
      order: ['attachment_id'],
    },
    { name: 'stream_roots', belongs: 't.version_id = r.subject_id', order: ['artifact_id', 'client'] },
    { name: 'stream_reports', belongs: 't.version_id = r.subject_id', order: ['artifact_id', 'client'] },
  ],
};

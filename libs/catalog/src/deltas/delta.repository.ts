import type { Digest } from '@imgsrv/cas';
import type { Connection, Transaction } from '@imgsrv/platform';
import type { AttachmentId, Token, VersionId } from '../names/names.js';
import {
  type DeclaredFile,
  DELTA_ENDS,
  type DeltaEnds,
  type DeltaEndsRow,
  joinDeltaEnds,
  toDeltaEnds,
} from './delta-ends.js';

/** A delta that a version declares. */
export interface DeclaredDelta extends DeltaEnds {
  readonly attachmentId: AttachmentId;
  readonly attachment: Token;
  readonly file: DeclaredFile;
  /** Of which base it was found to make the target. */
  readonly checkedBase?: Digest;
}

interface DeltaRow extends DeltaEndsRow {
  readonly attachment_id: AttachmentId;
  readonly attachment: Token;
  readonly digest: Digest;
  readonly size_bytes: string;
  readonly checked_base: Digest | null;
}

/** In the order of the artifacts' names. */
export async function listDeltas(connection: Connection, versionId: VersionId): Promise<DeclaredDelta[]> {
  const rows = await connection.rows<DeltaRow>(
    `SELECT t.id AS attachment_id, t.name AS attachment, t.blob_digest AS digest, t.blob_size_bytes AS size_bytes,
            t.base_version, ${DELTA_ENDS}, c.base_digest AS checked_base
       FROM attachments t JOIN artifacts a ON a.id = t.artifact_id ${joinDeltaEnds('t.base_version')}
       LEFT JOIN delta_checks c ON c.attachment_id = t.id
      WHERE a.version_id = $1 AND t.base_version IS NOT NULL ORDER BY artifact, t.name`,
    [versionId],
  );
  return rows.map(toDelta);
}

/** Keeps that a delta was applied to a base and made its artifact. Repeating it is safe. */
export async function keepDeltaCheck(
  tx: Transaction,
  attachmentId: AttachmentId,
  baseDigest: Digest,
): Promise<void> {
  await tx.rows(
    `INSERT INTO delta_checks (attachment_id, base_digest) VALUES ($1, $2)
     ON CONFLICT (attachment_id) DO UPDATE SET base_digest = EXCLUDED.base_digest, checked_at = now()`,
    [attachmentId, baseDigest],
  );
}

function toDelta(row: DeltaRow): DeclaredDelta {
  return {
    ...toDeltaEnds(row),
    attachmentId: row.attachment_id,
    attachment: row.attachment,
    file: { digest: row.digest, sizeBytes: Number(row.size_bytes) },
    ...(row.checked_base === null ? {} : { checkedBase: row.checked_base }),
  };
}

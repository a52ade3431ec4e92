import type { Digest } from '@imgsrv/cas';
import type { Connection } from '@imgsrv/platform';
import type { Container } from '../formats/header/container.js';
import type { FormatName } from '../formats/image-formats.js';
import type { ArtifactId, Token, VersionId } from '../names/names.js';
import type { Declaration } from './declaration.js';

interface DeclarationRow {
  readonly artifact_id: ArtifactId;
  readonly artifact: string;
  readonly format: FormatName | null;
  readonly attachment: Token | null;
  readonly digest: Digest;
  readonly size_bytes: string;
  readonly verified_size_bytes: string | null;
  readonly detected_format: Container | null;
  readonly detected_inside_gzip: Container | null;
  readonly format_refusal: string | null;
  readonly virtual_size_bytes: string | null;
}

/** Every file that a version declares, artifacts before their attachments, with what ingest found of its blob. */
export async function listDeclarations(connection: Connection, versionId: VersionId): Promise<Declaration[]> {
  const rows = await connection.rows<DeclarationRow>(
    `WITH declared AS (
       SELECT a.id AS artifact_id, concat_ws(' ', a.operating_system, a.architecture, a.variant, a.format) AS artifact,
              a.format, NULL AS attachment, a.primary_blob_digest AS digest, a.primary_blob_size_bytes AS size_bytes
         FROM artifacts a WHERE a.version_id = $1
       UNION ALL
       SELECT a.id, concat_ws(' ', a.operating_system, a.architecture, a.variant, a.format),
              NULL, t.name, t.blob_digest, t.blob_size_bytes
         FROM attachments t JOIN artifacts a ON a.id = t.artifact_id WHERE a.version_id = $1)
     SELECT d.artifact_id, d.artifact, d.format, d.attachment, d.digest, d.size_bytes,
            b.size_bytes AS verified_size_bytes, b.detected_format, b.detected_inside_gzip, b.format_refusal,
            b.virtual_size_bytes
       FROM declared d LEFT JOIN blobs b ON b.digest = d.digest
      ORDER BY d.artifact, d.artifact_id, d.attachment NULLS FIRST`,
    [versionId],
  );
  return rows.map(toDeclaration);
}

function toDeclaration(row: DeclarationRow): Declaration {
  return {
    artifactId: row.artifact_id,
    artifact: row.artifact,
    ...(row.format === null ? {} : { format: row.format }),
    ...(row.attachment === null ? {} : { attachment: row.attachment }),
    digest: row.digest,
    sizeBytes: Number(row.size_bytes),
    ...toBlob(row),
  };
}

function toBlob(row: DeclarationRow): Pick<Declaration, 'blob'> {
  if (row.verified_size_bytes === null || row.detected_format === null) {
    return {};
  }
  return {
    blob: {
      sizeBytes: Number(row.verified_size_bytes),
      inspection: {
        detected: row.detected_format,
        ...(row.detected_inside_gzip === null ? {} : { insideGzip: row.detected_inside_gzip }),
        ...(row.format_refusal === null ? {} : { refusal: row.format_refusal }),
        ...(row.virtual_size_bytes === null ? {} : { virtualSizeBytes: Number(row.virtual_size_bytes) }),
      },
    },
  };
}

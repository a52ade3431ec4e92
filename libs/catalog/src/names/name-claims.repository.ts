import type { Connection } from '@imgsrv/platform';
import { DEFAULT_VARIANT } from '../artifacts/artifact.js';
import { NameTakenError } from '../catalog.errors.js';
import { isPublished } from '../visibility.js';
import { type NameKind, resolveName } from './name-kinds.js';
import type { ImageId, VersionId } from './names.js';

interface ClaimRow {
  readonly kind: NameKind;
  readonly version_id: VersionId;
  readonly version: string;
}

/**
 * Refuses a name that already stands for something else than `target` in the image; `as` is what it is to become. A
 * stronger or equal claim keeps the name, and a weaker one that users know keeps it too. To be called with the image
 * locked, on which all who take names wait. Throws NameTakenError.
 */
export async function refuseTakenName(
  connection: Connection,
  imageId: ImageId,
  name: string,
  as: Exclude<NameKind, 'variant'>,
  target: VersionId,
): Promise<void> {
  const rows = await connection.rows<ClaimRow>(
    `SELECT 'version' AS kind, v.id AS version_id, v.version FROM versions v
      WHERE v.image_id = $1 AND v.version = $2 AND v.state <> 'draft'
     UNION ALL
     SELECT 'alias', v.id, v.version FROM aliases l JOIN versions v ON v.id = l.version_id
      WHERE l.image_id = $1 AND l.alias = $2
     UNION ALL
     (SELECT 'variant', v.id, v.version FROM versions v JOIN artifacts a ON a.version_id = v.id
       WHERE v.image_id = $1 AND ${isPublished('v')} AND a.variant = $2 AND a.variant <> $3
       ORDER BY v.published_at DESC LIMIT 1)`,
    [imageId, name, DEFAULT_VARIANT],
  );
  const others = rows.filter(
    ({ kind, version_id }) => kind !== as && (kind === 'variant' || version_id !== target),
  );
  // What has the name as an alias already may keep it and move; a variant of that name has lost it before.
  const isOwner = rows.some(({ kind }) => kind === as);
  const holder = resolveName<string>(Object.fromEntries(others.map((row) => [row.kind, row.version])));
  if (holder !== undefined && !(isOwner && holder.kind === 'variant')) {
    throw new NameTakenError(name, holder.kind, holder.meaning);
  }
}

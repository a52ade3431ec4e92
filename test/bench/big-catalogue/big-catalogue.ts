import { BYTES } from './bytes-rows.js';
import { RELEASES } from './release-rows.js';
import { type Session, withoutGuards } from './without-guards.js';
import { WORK } from './work-rows.js';

export interface BigCatalogueSize {
  readonly images: number;
  readonly versions: number;
  readonly artifacts: number;
  readonly blobs: number;
  /** Versions, the newest ones, that Simple Streams show. */
  readonly streamVersions: number;
}

/** The goal of the catalogue: everything stays fast with this much in it. */
export const MILLION: BigCatalogueSize = {
  images: 20_000,
  versions: 1_000_000,
  artifacts: 3_000_000,
  blobs: 5_000_000,
  streamVersions: 10_000,
};

/** The same in small, for `versions` of them. */
export function bigCatalogueOf(versions: number): BigCatalogueSize {
  return {
    images: Math.ceil(versions / 50),
    versions,
    artifacts: versions * 3,
    blobs: versions * 5,
    streamVersions: Math.ceil(versions / 100),
  };
}

/** The rows of one table, as `INSERT`; `:images`, `:versions` and so on stand for the sizes. */
export interface Rows {
  readonly table: string;
  readonly insert: string;
}

/**
 * Fills an empty, migrated database with a catalogue as years leave it: published versions, some drafts, withdrawn and deprecated
 * ones, aliases, rare and common labels and architectures, blobs that nothing refers to, who brought which, uploads in
 * flight, finished and waiting jobs, an audit log. The n-th row of a kind is always the same.
 */
export async function fillBigCatalogue(
  session: Session,
  size: BigCatalogueSize,
  options: { readonly statistics?: boolean } = {},
): Promise<void> {
  const everything = [...BYTES, ...RELEASES, ...WORK];
  const tables = [
    ...everything.map(({ table }) => table),
    'published_images',
    'artifact_facets',
    'label_facets',
  ];
  const fill = async () => {
    await session.query(HELPERS);
    for (const { insert } of everything) {
      await session.query(sized(insert, size));
    }
    await session.query('SELECT recount_published(NULL)');
  };
  await withoutGuards(session, [...new Set(tables)], fill, options);
}

/** Ids that can be computed, so that no row has to be looked up. */
const HELPERS = `
  CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE
    RETURN md5(kind || n)::uuid;
  CREATE FUNCTION pg_temp.digest(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE
    RETURN 'sha256:' || encode(sha256(n::text::bytea), 'hex')`;

function sized(insert: string, size: BigCatalogueSize): string {
  return insert
    .replaceAll(':images', String(size.images))
    .replaceAll(':versions', String(size.versions))
    .replaceAll(':artifacts', String(size.artifacts))
    .replaceAll(':blobs', String(size.blobs))
    .replaceAll(':streamVersions', String(size.streamVersions));
}

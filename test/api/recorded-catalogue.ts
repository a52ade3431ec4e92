import type { ObjectStore } from '@imgsrv/cas';
import { audienceOf, Manifests } from '@imgsrv/catalog';
import type { Database } from '@imgsrv/platform';
import { Rebuild, type RebuildReport, recordCatalog } from '@imgsrv/records';
import { AudienceStreams, CatalogueRevision } from '@imgsrv/streams';
import { RECORDED_TABLES } from '../../libs/records/src/recorded-tables.js';
import { SILENT } from './auth-database.js';

/** Does what the recurring job does; gives the number of records that it wrote. */
export function record(database: Database, store: ObjectStore): Promise<number> {
  return recordCatalog(database, store, {
    signal: new AbortController().signal,
    fenced: (work) => database.transaction(work),
  });
}

/** A whole rebuild; with what it left out, and why. */
export async function rebuild(
  database: Database,
  store: ObjectStore,
  { verifyBytes = false } = {},
): Promise<RebuildReport & { readonly leftOut: readonly string[] }> {
  const leftOut: string[] = [];
  const report = await new Rebuild(database, store, {
    verifyBytes,
    onProblem: (subject, reason) => void leftOut.push(`${subject}: ${reason}`),
  }).run();
  return { ...report, leftOut };
}

/** Every row that a rebuild restores, and what clients are shown: equal catalogues give equal texts. */
export async function everything(database: Database): Promise<Readonly<Record<string, unknown>>> {
  const rows: Record<string, unknown> = {};
  const counted = ['published_images', 'artifact_facets', 'label_facets'].map((name) => ({ name }));
  for (const { name } of [...Object.values(RECORDED_TABLES).flat(), ...counted]) {
    rows[name] = await database.rows(`SELECT to_jsonb(t)::text AS row FROM ${name} t ORDER BY 1`);
  }
  const observer = { rendered: () => undefined, rejected: () => undefined };
  const streams = new AudienceStreams(new CatalogueRevision(database), observer, SILENT);
  const shown = await Promise.all(
    (['anyone', 'writer'] as const).map((viewer) => streams.of(audienceOf(viewer)).documents()),
  );
  return {
    ...rows,
    manifests: await manifestsOf(database),
    streams: shown.flatMap(({ index, images }) => [index.plain.toString(), images.plain.toString()]),
  };
}

async function manifestsOf(database: Database): Promise<string[]> {
  const manifests = new Manifests(database);
  const aliases = await database.rows<{ name: string; alias: string }>(
    'SELECT i.name, a.alias FROM aliases a JOIN images i ON i.id = a.image_id ORDER BY 1, 2',
  );
  return Promise.all(
    aliases.map(async ({ name, alias }) => JSON.stringify(await manifests.getByRef(name, alias, 'writer'))),
  );
}

import { Client } from 'pg';
import { type RunningService, startService } from '../support/service.js';
import { waitFor } from '../support/wait-for.js';
import { Exposition } from './exposition.js';
import { fillCatalogue } from './fill-catalogue.js';

/** Far more than the reads of the start, which may be reported late. */
const SCRAPES = 50;
const FINISHED_JOBS = 3000;

interface TableReads {
  readonly scans: number;
  /** Rows that scans of the whole table or of an index gave. */
  readonly rows: number;
  readonly inserted: number;
}

describe('a scrape', () => {
  let service: RunningService;
  let client: Client;

  beforeAll(async () => {
    service = await startService({ workers: 0 });
    await fill();
    client = new Client({ connectionString: service.databaseUrl });
    await client.connect();
    // A connection reports what it did when it ends.
    await waitFor(async () => (await readsByTable()).get('jobs')?.inserted === FINISHED_JOBS, {
      what: 'the filling to be reported',
    });
  }, 60_000);

  afterAll(async () => {
    await client.end();
    await service.stop();
  }, 60_000);

  it('reads no table that grows with the catalogue, and no job that is over', async () => {
    const before = await readsByTable();
    for (let scrape = 0; scrape < SCRAPES; scrape += 1) {
      const exposition = await Exposition.scrape(service.apis[0]?.metricsUrl ?? '');
      expect(exposition.get('imgsrv_database_figures_up')).toBe(1);
    }
    // Connections report what they read a moment later; every scrape reads the statistics once.
    const after = await waitFor(
      async () => {
        const now = await readsByTable();
        return difference(now, before, 'statistics').scans >= SCRAPES ? now : undefined;
      },
      { what: 'the reads to be reported' },
    );
    const allowed = new Set(['statistics', 'streams_revision', 'jobs']);
    const touched = [...after.keys()].filter((table) => difference(after, before, table).scans >= SCRAPES);
    expect(touched.filter((table) => !allowed.has(table))).toEqual([]);
    expect(touched).toContain('jobs');
    expect(difference(after, before, 'jobs').rows).toBeLessThan(FINISHED_JOBS);
    for (const table of ['statistics', 'streams_revision']) {
      const { scans, rows } = difference(after, before, table);
      expect(rows).toBe(scans);
    }
  }, 60_000);

  async function fill(): Promise<void> {
    const filler = new Client({ connectionString: service.databaseUrl });
    await filler.connect();
    await fillCatalogue(filler, { blobs: 2000, versions: 500, finishedJobs: FINISHED_JOBS });
    await filler.query('ANALYZE');
    await filler.end();
  }

  async function readsByTable(): Promise<ReadonlyMap<string, TableReads>> {
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query<{ table: string; scans: string; rows: string; inserted: string }>(
      `SELECT relname AS table, seq_scan + COALESCE(idx_scan, 0) AS scans,
              seq_tup_read + COALESCE(idx_tup_fetch, 0) AS rows, n_tup_ins AS inserted
         FROM pg_stat_user_tables`,
    );
    return new Map(
      rows.map(({ table, ...row }) => [
        table,
        { scans: Number(row.scans), rows: Number(row.rows), inserted: Number(row.inserted) },
      ]),
    );
  }

  function difference(
    after: ReadonlyMap<string, TableReads>,
    before: ReadonlyMap<string, TableReads>,
    table: string,
  ): Omit<TableReads, 'inserted'> {
    const [now, then] = [after.get(table), before.get(table)];
    return {
      scans: (now?.scans ?? 0) - (then?.scans ?? 0),
      rows: (now?.rows ?? 0) - (then?.rows ?? 0),
    };
  }
});

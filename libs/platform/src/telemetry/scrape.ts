import { BUILD_INFO } from '../config/build-info.js';
import type { Database } from '../database/database.js';
import type { Connection } from '../database/connection.js';
import type { Readiness } from '../lifecycle/readiness.js';
import type { Figure } from './figure.js';
import type { FigureGauges } from './figure-gauges.js';

export interface ScrapeParts {
  readonly gauges: FigureGauges;
  readonly database: Database;
  readonly readiness: Readiness;
  /** Statements whose cost does not grow with the catalogue. */
  readonly readDatabase: (connection: Connection) => Promise<readonly Figure[]>;
  /** Figures that the app holds in memory. */
  readonly readApp?: () => readonly Figure[];
}

/** Prometheus gives up after 10 s by default; a database that hangs must cost only what it would have told. */
const DATABASE_TIMEOUT_MS = 1000;

/** What is looked at when somebody asks for the metrics: memory always, and the database for as long as it is quick. */
export class Scrape {
  private reading: Promise<readonly Figure[] | undefined> | undefined;

  constructor(private readonly parts: ScrapeParts) {}

  /**
   * Brings the gauges up to date, within about a second. Never rejects: when the database does not answer its figures
   * are missing and `database_figures_up` is 0.
   */
  async sample(): Promise<void> {
    const { gauges, database, readiness, readApp } = this.parts;
    const stored = await this.storedFigures();
    gauges.show([
      ...buildFigures(),
      ...readinessFigures(readiness),
      ...poolFigures(database),
      ...(readApp?.() ?? []),
      { figure: 'database_figures_up', labels: {}, value: stored === undefined ? 0 : 1 },
      ...(stored ?? []),
    ]);
  }

  /** At most one read at a time: scrapes that come while one hangs wait for the same. */
  private async storedFigures(): Promise<readonly Figure[] | undefined> {
    this.reading ??= this.parts.database
      .use(this.parts.readDatabase)
      .catch(() => undefined)
      .finally(() => {
        this.reading = undefined;
      });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        resolve(undefined);
      }, DATABASE_TIMEOUT_MS);
    });
    const figures = await Promise.race([this.reading, timeout]);
    clearTimeout(timer);
    return figures;
  }
}

function buildFigures(): Figure[] {
  const { version, commit = 'unknown' } = BUILD_INFO;
  const labels = { version, commit, node_version: process.version };
  return [{ figure: 'build_info', labels, value: 1 }];
}

function readinessFigures(readiness: Readiness): Figure[] {
  return [
    { figure: 'ready', labels: {}, value: readiness.reason === undefined ? 1 : 0 },
    ...readiness.results.map(({ name, passes }) => ({
      figure: 'dependency_up',
      labels: { dependency: name.replaceAll(' ', '-') },
      value: passes ? 1 : 0,
    })),
  ];
}

function poolFigures(database: Database): Figure[] {
  const { pool } = database;
  if (pool === undefined) {
    return [];
  }
  return [
    { figure: 'database_pool_connections', labels: { state: 'active' }, value: pool.active },
    { figure: 'database_pool_connections', labels: { state: 'idle' }, value: pool.idle },
    { figure: 'database_pool_limit', labels: {}, value: pool.limit },
    { figure: 'database_pool_waiting', labels: {}, value: pool.waiting },
  ];
}

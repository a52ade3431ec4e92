import type { Connection } from '../database/connection.js';
import type { Database } from '../database/database.js';
import type { Transaction } from '../database/transaction.js';
import type { Figure } from './figure.js';

/** Counts something whose cost grows with what is stored. */
export type StatisticsSource = (connection: Connection) => Promise<readonly Figure[]>;

/** How long counts are kept at least and at most before everything is counted again. */
const INTERVAL_SECONDS = { shortest: 60, longest: 600 } as const;
/** Counting takes at most about this part of the time of one connection. */
const SHARE = 1 / 50;

/**
 * Counts everything again when that is due, and keeps the result for those who show it. Any number of processes may
 * call it as often as they like: one of them counts, at an interval that grows with the time that counting takes.
 * Resolves with whether this call counted. Rejects with DependencyUnavailableError.
 */
export async function refreshStatistics(
  database: Database,
  sources: readonly StatisticsSource[],
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const due = await tx.rows(
      'SELECT singleton FROM statistics WHERE due_at <= now() FOR UPDATE SKIP LOCKED',
    );
    if (due.length === 0) {
      return false;
    }
    const startedAtMs = performance.now();
    const figures: Figure[] = [];
    for (const source of sources) {
      figures.push(...(await source(tx)));
    }
    await keep(tx, figures, (performance.now() - startedAtMs) / 1000);
    return true;
  });
}

async function keep(tx: Transaction, figures: readonly Figure[], durationSeconds: number): Promise<void> {
  const { shortest, longest } = INTERVAL_SECONDS;
  const intervalSeconds = Math.min(Math.max(durationSeconds / SHARE, shortest), longest);
  await tx.rows(
    `UPDATE statistics SET figures = $1, duration_seconds = $2, counted_at = clock_timestamp(),
            due_at = clock_timestamp() + $3 * interval '1 second'`,
    [JSON.stringify(figures), durationSeconds, intervalSeconds],
  );
}

/** The counts as they were kept last, with their age: one row, whatever is stored. */
export async function readStatistics(connection: Connection): Promise<Figure[]> {
  const [row] = await connection.rows<StatisticsRow>(
    `SELECT figures, duration_seconds, extract(epoch FROM clock_timestamp() - counted_at)::float8 AS age_seconds
       FROM statistics`,
  );
  if (row === undefined) {
    throw new Error('statistics has lost its row');
  }
  return [
    ...row.figures,
    { figure: 'statistics_age', labels: {}, value: Math.max(0, row.age_seconds) },
    ...(row.duration_seconds === null
      ? []
      : [{ figure: 'statistics_duration', labels: {}, value: row.duration_seconds }]),
  ];
}

interface StatisticsRow {
  readonly figures: readonly Figure[];
  readonly duration_seconds: number | null;
  readonly age_seconds: number;
}

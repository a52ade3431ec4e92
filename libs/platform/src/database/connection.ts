import type { EntityManager } from 'typeorm';

/** What may only read: a transaction, a connection outside any, or the `Database` itself. */
export interface Connection {
  /** Runs one statement with `$1…` parameters and returns its rows. */
  rows<Row extends object>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** Runs one statement and returns its rows; for writes, those of RETURNING. */
export async function rowsFrom<Row extends object>(
  manager: EntityManager,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const result: unknown = await manager.query(sql, [...parameters]);
  return rowsOf<Row>(result);
}

/** TypeORM answers UPDATE and DELETE with `[rows, count]`, everything else with the rows. */
function rowsOf<Row extends object>(result: unknown): Row[] {
  if (
    Array.isArray(result) &&
    result.length === 2 &&
    Array.isArray(result[0]) &&
    typeof result[1] === 'number'
  ) {
    return result[0] as Row[];
  }
  return (Array.isArray(result) ? result : []) as Row[];
}

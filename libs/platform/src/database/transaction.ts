import type { EntityManager } from 'typeorm';

/**
 * One open transaction, or the plain connection pool: what repositories write through.
 * `rows` is for hand-written SQL, `manager` for entities.
 */
export class Transaction {
  constructor(readonly manager: EntityManager) {}

  /** Runs one statement with `$1…` parameters and returns its rows; for writes, those of RETURNING. */
  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    const result: unknown = await this.manager.query(sql, [...parameters]);
    return rowsOf<Row>(result);
  }
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

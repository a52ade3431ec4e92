import type { EntityManager } from 'typeorm';
import { type Connection, rowsFrom } from './connection.js';

/**
 * What may lock and write, besides reading. Its private member makes it a type of its own: a `Connection` is never taken
 * for one.
 */
export class Transaction implements Connection {
  constructor(private readonly manager: EntityManager) {}

  /** Runs one statement with `$1…` parameters and returns its rows; for writes, those of RETURNING. */
  async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return rowsFrom<Row>(this.manager, sql, parameters);
  }
}

/** A transaction of one statement, which the database commits by itself. A second statement is a mistake and is refused. */
export class SingleStatement extends Transaction {
  private isUsed = false;

  override async rows<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    if (this.isUsed) {
      throw new Error('more than one statement needs a transaction');
    }
    this.isUsed = true;
    return super.rows<Row>(sql, parameters);
  }
}

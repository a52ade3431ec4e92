import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** How the connections of a pool are used at this moment. */
export interface PoolUse {
  readonly active: number;
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  /** Most connections there may be. */
  readonly limit: number;
}

/** The pool of a data source, which TypeORM makes when it is initialized; undefined before. */
export function poolOf(dataSource: DataSource): Pool | undefined {
  return Reflect.get(dataSource.driver, 'master') as Pool | undefined;
}

/** All zero until the first connection was tried. */
export function poolUse(dataSource: DataSource, limit: number): PoolUse {
  const pool = poolOf(dataSource);
  return pool === undefined
    ? { active: 0, idle: 0, waiting: 0, limit }
    : { active: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount, limit };
}

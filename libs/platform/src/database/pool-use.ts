import { Pool } from 'pg';
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

/** All zero until the first connection was tried. */
export function poolUse(dataSource: DataSource, limit: number): PoolUse {
  const pool: unknown = Reflect.get(dataSource.driver, 'master');
  return pool instanceof Pool
    ? { active: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount, limit }
    : { active: 0, idle: 0, waiting: 0, limit };
}

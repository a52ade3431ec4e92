import type { Connection } from '@imgsrv/platform';

/** By the database's clock, from which that of the caller may be a minute apart. */
export async function judgeExpiry(
  connection: Connection,
  expiresAt: Date,
  maxLifetimeMs: number,
): Promise<{ readonly isInFuture: boolean; readonly isNearEnough: boolean }> {
  const [row] = await connection.rows<{ is_in_future: boolean; is_near_enough: boolean }>(
    `SELECT $1::timestamptz > now() AS is_in_future,
       $1::timestamptz <= now() + $2 * interval '1 millisecond' + interval '1 minute' AS is_near_enough`,
    [expiresAt, maxLifetimeMs],
  );
  return { isInFuture: row?.is_in_future === true, isNearEnough: row?.is_near_enough === true };
}

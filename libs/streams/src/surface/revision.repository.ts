import type { Connection } from '@imgsrv/platform';

/** Counts the changes of what is published: each advances it, in its own transaction. */
export interface Revision {
  readonly revision: number;
  readonly advancedAt: Date;
}

export async function readRevision(connection: Connection): Promise<Revision> {
  const [row] = await connection.rows<{ revision: string; advanced_at: Date }>(
    'SELECT revision, advanced_at FROM streams_revision',
  );
  if (row === undefined) {
    throw new Error('streams_revision has lost its row');
  }
  return { revision: Number(row.revision), advancedAt: row.advanced_at };
}

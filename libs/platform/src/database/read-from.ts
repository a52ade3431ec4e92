import { Client } from 'pg';
import type { Connection } from './connection.js';

const CONNECT_TIMEOUT_MS = 5000;

/**
 * Gives `work` one connection, for reading outside of any transaction, and closes it. Other than `Database` it neither waits for a
 * server that is away nor migrates. Rejects as the driver does.
 */
export async function readFrom<T>(
  url: string,
  applicationName: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const client = new Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work({
      rows: async <Row extends object>(sql: string, parameters: readonly unknown[] = []) =>
        (await client.query<Row>(sql, [...parameters])).rows,
    });
  } finally {
    await client.end();
  }
}

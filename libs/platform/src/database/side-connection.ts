import { Client } from 'pg';
import type { Logger } from '../logging/logger.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;
const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 5000;

/**
 * One database connection beside the pool, for what must not wait for a free pooled one: LISTEN and lease renewal.
 * It reconnects by itself; while it is down `query` rejects and notifications are missed, so they are hints only.
 */
export class SideConnection {
  private client: Client | undefined;
  private retry: NodeJS.Timeout | undefined;
  private pauseMs = FIRST_RETRY_MS;
  private closed = false;

  constructor(
    private readonly options: {
      readonly url: string;
      readonly applicationName: string;
      readonly channel: string;
      /** Called with a notification's payload, and with undefined when some may have been missed. */
      readonly onNotification: (payload: string | undefined) => void;
      readonly logger: Logger;
    },
  ) {}

  start(): void {
    void this.connect();
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<readonly unknown[]> {
    if (this.client === undefined) {
      throw new Error('the side connection to the database is down');
    }
    const result = await this.client.query<object>(sql, [...parameters]);
    return result.rows;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.client?.end().catch(() => undefined);
    this.client = undefined;
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.options.url,
      application_name: this.options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', (error) => {
      this.lose(client, error);
    });
    client.on('end', () => {
      this.lose(client, undefined);
    });
    client.on('notification', (message) => {
      this.options.onNotification(message.payload ?? '');
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.options.channel)}`);
    } catch (error) {
      this.lose(client, error);
      return;
    }
    if (this.isClosed()) {
      await client.end().catch(() => undefined);
      return;
    }
    this.client = client;
    this.pauseMs = FIRST_RETRY_MS;
    this.options.onNotification(undefined);
  }

  private isClosed(): boolean {
    return this.closed;
  }

  private lose(client: Client, error: unknown): void {
    client.removeAllListeners('end');
    client.end().catch(() => undefined);
    if (this.client === client) {
      this.client = undefined;
    }
    if (this.closed || this.retry !== undefined) {
      return;
    }
    this.options.logger.debug(
      { err: error, retry_ms: this.pauseMs },
      'the side connection to the database was lost',
    );
    this.retry = setTimeout(() => {
      this.retry = undefined;
      void this.connect();
    }, this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_RETRY_MS);
  }
}

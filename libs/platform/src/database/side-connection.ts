import { Socket } from 'node:net';
import { Client } from 'pg';
import type { Logger } from '../logging/logger.js';
import { isDatabaseUnavailable } from './postgres-errors.js';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;
const CONNECT_TIMEOUT_MS = 5000;
const QUERY_TIMEOUT_MS = 5000;
const CLOSE_TIMEOUT_MS = 1000;

/**
 * One database connection beside the pool, for what must not wait for a free pooled one: LISTEN and lease renewal.
 * It reconnects by itself; while it is down `query` rejects and notifications are missed, so they are hints only.
 */
export class SideConnection {
  private open: Link | undefined;
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

  /** A connection that does not answer in time is given up for a new one. */
  async query(sql: string, parameters: readonly unknown[]): Promise<readonly unknown[]> {
    const link = this.open;
    if (link === undefined) {
      throw new Error('the side connection to the database is down');
    }
    try {
      return (await link.client.query<object>(sql, [...parameters])).rows;
    } catch (error) {
      if (isDatabaseUnavailable(error)) {
        this.lose(link, error);
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    if (this.open !== undefined) {
      await endWithin(CLOSE_TIMEOUT_MS, this.open);
    }
    this.open = undefined;
  }

  private async connect(): Promise<void> {
    const link = createLink(this.options.url, this.options.applicationName);
    const { client } = link;
    client.on('error', (error) => {
      this.lose(link, error);
    });
    client.on('end', () => {
      this.lose(link, undefined);
    });
    client.on('notification', (message) => {
      this.options.onNotification(message.payload ?? '');
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${client.escapeIdentifier(this.options.channel)}`);
    } catch (error) {
      this.lose(link, error);
      return;
    }
    if (this.isClosed()) {
      link.socket.destroy();
      return;
    }
    this.open = link;
    this.pauseMs = FIRST_RETRY_MS;
    this.options.onNotification(undefined);
  }

  private isClosed(): boolean {
    return this.closed;
  }

  /** At most once a link: one that breaks may say so more than once, and only one successor is wanted. */
  private lose(link: Link, error: unknown): void {
    link.client.removeAllListeners().on('error', () => undefined);
    link.socket.destroy();
    if (link.isLost) {
      return;
    }
    link.isLost = true;
    if (this.open === link) {
      this.open = undefined;
    }
    if (this.closed) {
      return;
    }
    this.options.logger.debug(
      { err: error, retry_ms: this.pauseMs },
      'the side connection to the database was lost',
    );
    this.retry = setTimeout(() => {
      void this.connect();
    }, this.pauseMs);
    this.pauseMs = Math.min(this.pauseMs * 2, LONGEST_RETRY_MS);
  }
}

interface Link {
  readonly client: Client;
  /** Ours, so that a connection that hangs can be cut without asking the other side. */
  readonly socket: Socket;
  isLost: boolean;
}

function createLink(url: string, applicationName: string): Link {
  const socket = new Socket();
  const client = new Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    stream: () => socket,
  });
  return { client, socket, isLost: false };
}

async function endWithin(timeoutMs: number, { client, socket }: Link): Promise<void> {
  const timer = setTimeout(() => {
    socket.destroy();
  }, timeoutMs);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

import { Socket } from 'node:net';
import type { ClientBase, Pool } from 'pg';

/** Not more often, so that a database that stays read-only does not cost every statement a new connection. */
const RENEW_EVERY_MS = 2000;

/**
 * Replaces the connections of a pool once they have proved to lead to the wrong place: to a server that accepts no writes
 * any more, or nowhere. Idle ones are cut at once, the others as soon as they are given back.
 */
export class PoolRenewal {
  private readonly idle = new Set<ClientBase>();
  private readonly known = new Set<ClientBase>();
  private stale = new WeakSet<ClientBase>();
  private renewedAtMs = -Infinity;

  constructor(pool: Pool) {
    pool.on('acquire', (client) => {
      this.known.add(client);
      this.idle.delete(client);
    });
    pool.on('release', (_error, client) => {
      this.idle.add(client);
      if (this.stale.has(client)) {
        cut(client);
      }
    });
    pool.on('remove', (client) => {
      this.known.delete(client);
      this.idle.delete(client);
    });
  }

  renew(): void {
    if (performance.now() - this.renewedAtMs < RENEW_EVERY_MS) {
      return;
    }
    this.renewedAtMs = performance.now();
    this.stale = new WeakSet(this.known);
    this.idle.forEach(cut);
  }
}

/** Ends a connection at once: an orderly end would wait for an answer that may never come. */
export function cut(client: object): void {
  const connection: unknown = Reflect.get(client, 'connection');
  const stream: unknown =
    typeof connection === 'object' && connection !== null ? Reflect.get(connection, 'stream') : undefined;
  if (stream instanceof Socket) {
    stream.destroy();
  }
}

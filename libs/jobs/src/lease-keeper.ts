import { describeCauses, type Logger, type SideConnection } from '@imgsrv/platform';
import { RENEW_LEASES, type Lease } from './job-store.js';

/**
 * Renews the leases of all running jobs on a timer and connection of its own, three times a lease. A lease that
 * somebody else took, or that may have expired because renewing failed for too long, is reported lost.
 */
export class LeaseKeeper {
  private readonly held = new Map<string, HeldLease>();
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;

  constructor(
    private readonly connection: SideConnection,
    private readonly leaseMs: number,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.renewing ??= this.renew().finally(() => {
        this.renewing = undefined;
      });
    }, this.leaseMs / 3);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
  }

  /** `onLost` is called at most once. */
  hold(lease: Lease, onLost: () => void): void {
    this.held.set(lease.token, { lease, onLost, expiresAtMs: performance.now() + this.leaseMs });
  }

  release(lease: Lease): void {
    this.held.delete(lease.token);
  }

  private async renew(): Promise<void> {
    const asked = [...this.held.values()];
    if (asked.length === 0) {
      return;
    }
    const sentAtMs = performance.now();
    try {
      const rows = await this.connection.query(RENEW_LEASES, [
        asked.map(({ lease }) => lease.jobId),
        asked.map(({ lease }) => lease.token),
        this.leaseMs,
      ]);
      const renewed = new Set(rows.map((row) => (row as { id: string }).id));
      for (const held of asked) {
        if (renewed.has(held.lease.jobId)) {
          held.expiresAtMs = sentAtMs + this.leaseMs;
        } else {
          this.lose(held);
        }
      }
    } catch (error) {
      this.logger.warn(
        { reason: describeCauses(error), jobs: asked.length },
        'job leases could not be renewed',
      );
      asked
        .filter((held) => held.expiresAtMs - this.leaseMs / 3 < performance.now())
        .forEach((held) => {
          this.lose(held);
        });
    }
  }

  private lose(held: HeldLease): void {
    // A job that ended while the renewal was under way is no longer held and has lost nothing.
    if (this.held.delete(held.lease.token)) {
      held.onLost();
    }
  }
}

interface HeldLease {
  readonly lease: Lease;
  readonly onLost: () => void;
  expiresAtMs: number;
}

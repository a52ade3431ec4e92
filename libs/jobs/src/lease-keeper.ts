import { describeCauses, type Logger, type SideConnection } from '@imgsrv/platform';
import { RENEW_LEASES, type Lease, type RenewedLease } from './job-store.js';

/**
 * Renews the leases of all running jobs on a timer and connection of its own, six times a lease, so that they outlast
 * an outage of half their length. A lease
 * that somebody else took, or that may soon expire because renewing fails or hangs, is reported lost.
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
      this.loseThoseWithLessThan(this.leaseMs / 3);
      this.renewing ??= this.renew().finally(() => {
        this.renewing = undefined;
      });
    }, this.leaseMs / 6);
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
    const due = [...this.held.values()];
    if (due.length === 0) {
      return;
    }
    const sentAtMs = performance.now();
    try {
      const rows = await this.connection.query(RENEW_LEASES, [
        due.map(({ lease }) => lease.jobId),
        due.map(({ lease }) => lease.token),
        this.leaseMs,
      ]);
      const ours = new Map(rows.map((row) => row as RenewedLease).map(({ id, renewed }) => [id, renewed]));
      for (const held of due) {
        const renewed = ours.get(held.lease.jobId);
        if (renewed === undefined) {
          this.lose(held);
        } else if (renewed) {
          held.expiresAtMs = sentAtMs + this.leaseMs;
        }
      }
    } catch (error) {
      this.logger.warn(
        { reason: describeCauses(error), jobs: due.length },
        'job leases could not be renewed',
      );
    }
  }

  /** Looked at on every tick, because a connection that hangs fails no renewal. */
  private loseThoseWithLessThan(leftMs: number): void {
    this.thoseWithLessThan(leftMs).forEach((held) => {
      this.lose(held);
    });
  }

  private thoseWithLessThan(leftMs: number): HeldLease[] {
    const nowMs = performance.now();
    return [...this.held.values()].filter(({ expiresAtMs }) => expiresAtMs - nowMs < leftMs);
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

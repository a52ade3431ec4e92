import { type Config, SourceShares } from '@imgsrv/platform';
import type { LimitMetrics } from '../metrics/limit-metrics.js';
import { DownloadsBusyError, TooManyDownloadsError } from '../server/limit.errors.js';

/**
 * Bounds the downloads that are under way. Each holds memory for as long as its client likes, so their number bounds
 * the memory of the process, and no source can have all of it.
 */
export class DownloadSlots {
  private readonly shares: SourceShares;
  private taken = 0;

  constructor(
    private readonly limits: Config['shares'],
    private readonly metrics: LimitMetrics,
  ) {
    this.shares = new SourceShares(limits.downloadsPerSource);
  }

  /** Takes a slot, to be given back once. Throws TooManyDownloadsError and DownloadsBusyError. */
  take(source: string): () => void {
    const giveBack = this.shares.take(source);
    if (giveBack === undefined) {
      this.metrics.reached('downloads_per_source');
      throw new TooManyDownloadsError(this.limits.downloadsPerSource);
    }
    if (this.taken >= this.limits.downloads) {
      giveBack();
      this.metrics.reached('downloads');
      throw new DownloadsBusyError();
    }
    this.taken += 1;
    this.metrics.downloadBegan();
    return () => {
      this.taken -= 1;
      this.metrics.downloadEnded();
      giveBack();
    };
  }
}

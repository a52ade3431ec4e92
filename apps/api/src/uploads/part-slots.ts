import { descriptorLimit, SourceShares } from '@imgsrv/platform';
import type { LimitMetrics } from '../metrics/limit-metrics.js';
import { PartsBusyError, TooManyPartsError } from '../server/limit.errors.js';

/** Each takes some 2 MiB while it is received. */
const MOST_PARTS = 128;
/** Files and connections of the process itself. */
const OWN_DESCRIPTORS = 100;
/** The client, what is written to, and as many again for everything that is no upload. */
const DESCRIPTORS_A_PART = 4;

/** How many parts a process receives at once: as many as its memory bears, or fewer when it may open few files. */
export function partsAtOnce(descriptors: number | undefined = descriptorLimit()): number {
  const affordable =
    descriptors === undefined ? MOST_PARTS : Math.floor((descriptors - OWN_DESCRIPTORS) / DESCRIPTORS_A_PART);
  return Math.max(2, Math.min(MOST_PARTS, affordable));
}

/** Bounds the parts that are being received, of which no principal can have more than half. */
export class PartSlots {
  private readonly shares: SourceShares;
  private taken = 0;

  constructor(
    private readonly limit: number,
    private readonly metrics: LimitMetrics,
  ) {
    this.shares = new SourceShares(Math.ceil(limit / 2));
  }

  /** Receives one part in a slot. Throws TooManyPartsError and PartsBusyError. */
  async use<T>(principalId: string, receive: () => Promise<T>): Promise<T> {
    const giveBack = this.shares.take(principalId);
    if (giveBack === undefined) {
      this.metrics.reached('parts_per_principal');
      throw new TooManyPartsError();
    }
    try {
      if (this.taken >= this.limit) {
        this.metrics.reached('parts');
        throw new PartsBusyError();
      }
      this.taken += 1;
      try {
        return await receive();
      } finally {
        this.taken -= 1;
      }
    } finally {
      giveBack();
    }
  }
}

import { setTimeout as delay } from 'node:timers/promises';

/** Keeps a transfer at a rate until `isOver`: `moved` resolves when that many more bytes may be moved. */
export class Pace {
  private readonly beganAtMs = performance.now();
  private movedBytes = 0;

  constructor(
    private readonly bytesPerSecond: number,
    private readonly isOver: () => boolean,
  ) {}

  async moved(sizeBytes: number): Promise<void> {
    this.movedBytes += sizeBytes;
    const dueMs = this.beganAtMs + (this.movedBytes / this.bytesPerSecond) * 1000;
    const leftMs = dueMs - performance.now();
    if (leftMs > 5 && !this.isOver()) {
      await delay(leftMs);
    }
  }
}

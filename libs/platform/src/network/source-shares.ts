import { sourceNetwork } from './source-network.js';

/**
 * What each source holds of something at once, by `sourceNetwork`. A source that holds nothing takes no memory, so that
 * what is held bounds it.
 */
export class SourceShares {
  private readonly held = new Map<string, number>();

  /** `limit`: what one source may hold; 0 is no limit. */
  constructor(private readonly limit: number) {}

  /** Takes one more for the source of an address; undefined when it holds its share. The caller gives it back once. */
  take(address: string): (() => void) | undefined {
    const source = sourceNetwork(address);
    const count = this.held.get(source) ?? 0;
    if (this.limit > 0 && count >= this.limit) {
      return undefined;
    }
    this.held.set(source, count + 1);
    return () => {
      this.giveBack(source);
    };
  }

  private giveBack(source: string): void {
    const left = (this.held.get(source) ?? 0) - 1;
    if (left > 0) {
      this.held.set(source, left);
    } else {
      this.held.delete(source);
    }
  }
}

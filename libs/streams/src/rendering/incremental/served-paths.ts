import type { ContentState } from './content-state.js';

/** Which files may be downloaded, by their path `<sha256 hex>/<name>`: those that are listed, and those that were lately. */
export class ServedPaths {
  private readonly listed = new Map<string, number>();
  private readonly former = new Map<string, Map<ContentState, Date | undefined>>();

  isServed(path: string, now: Date): boolean {
    if (this.listed.has(path)) return true;
    return [...(this.former.get(path)?.values() ?? [])].some((until) => until === undefined || until > now);
  }

  /** Puts the paths of a content in the place of those that it had. */
  replace(
    state: ContentState,
    listed: readonly string[],
    former: Iterable<readonly [string, Date | undefined]>,
  ): void {
    for (const path of listed) {
      this.listed.set(path, (this.listed.get(path) ?? 0) + 1);
    }
    for (const path of state.listedPaths) {
      const uses = (this.listed.get(path) ?? 0) - 1;
      if (uses > 0) {
        this.listed.set(path, uses);
      } else {
        this.listed.delete(path);
      }
    }
    for (const path of state.formerPaths) {
      const contents = this.former.get(path);
      contents?.delete(state);
      if (contents?.size === 0) this.former.delete(path);
    }
    state.listedPaths = listed;
    state.formerPaths = this.addFormer(state, former);
  }

  private addFormer(state: ContentState, former: Iterable<readonly [string, Date | undefined]>): string[] {
    const paths: string[] = [];
    for (const [path, until] of former) {
      const contents = this.former.get(path) ?? new Map<ContentState, Date | undefined>();
      this.former.set(path, contents);
      if (!contents.has(state) || isLater(until, contents.get(state))) contents.set(state, until);
      paths.push(path);
    }
    return paths;
  }
}

/** Of two ends, an absent one is never. */
function isLater(until: Date | undefined, other: Date | undefined): boolean {
  return other !== undefined && (until === undefined || until > other);
}

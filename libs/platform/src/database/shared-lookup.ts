interface Asked<Value> {
  readonly found: Promise<Value | undefined>;
  readonly settle: (value: Value | undefined) => void;
  readonly fail: (error: unknown) => void;
}

/** A look that takes longer keeps no other waiting: the database may not answer on this connection any more. */
const PATIENCE_MS = 25;
const MOST_AT_ONCE = 3;
const MOST_KEYS = 500;

/**
 * Finds rows by their keys for many callers at once. What is asked for while a look is under way is looked for together, once,
 * when that is over; so each caller gets what a look has found that began after the call, as if it had looked alone.
 */
export class SharedLookup<Key extends string, Value> {
  private asked = new Map<Key, Asked<Value>>();
  private underWay = 0;
  private patience: NodeJS.Timeout | undefined;

  /** `find` gives what is there of these keys, each of which occurs once. When it rejects, all who wait for one of them fail. */
  constructor(private readonly find: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Value>>) {}

  /** Undefined when nothing is there. */
  get(key: Key): Promise<Value | undefined> {
    const known = this.asked.get(key);
    if (known !== undefined) {
      return known.found;
    }
    const asked = toAsk<Value>();
    this.asked.set(key, asked);
    if (this.underWay === 0) {
      this.look();
    } else {
      this.patience ??= setTimeout(() => {
        this.patience = undefined;
        this.look();
      }, PATIENCE_MS);
    }
    return asked.found;
  }

  private look(): void {
    if (this.asked.size === 0 || this.underWay === MOST_AT_ONCE) {
      return;
    }
    const batch = [...this.asked].slice(0, MOST_KEYS);
    if (batch.length === this.asked.size) {
      this.asked = new Map();
    } else {
      batch.forEach(([key]) => this.asked.delete(key));
    }
    this.underWay += 1;
    void this.settle(batch).finally(() => {
      this.underWay -= 1;
      clearTimeout(this.patience);
      this.patience = undefined;
      this.look();
    });
  }

  private async settle(batch: readonly (readonly [Key, Asked<Value>])[]): Promise<void> {
    try {
      const found = await this.find(batch.map(([key]) => key));
      batch.forEach(([key, asked]) => {
        asked.settle(found.get(key));
      });
    } catch (error) {
      batch.forEach(([, asked]) => {
        asked.fail(error);
      });
    }
  }
}

function toAsk<Value>(): Asked<Value> {
  let settle: Asked<Value>['settle'] = () => undefined;
  let fail: Asked<Value>['fail'] = () => undefined;
  const found = new Promise<Value | undefined>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  return { found, settle, fail };
}

import type { ObjectStore } from '@imgsrv/cas';
import type { Database, Transaction } from '@imgsrv/platform';
import { Gate } from '../jobs/gate.js';

/** What happens to a process when it comes to its `at`th effect. */
export interface Trouble {
  readonly kind: 'die' | 'freeze';
  readonly at: number;
  /** `commit`: everything of a transaction is done but its end. */
  readonly when: 'before' | 'commit' | 'after';
}

/** Nothing that a dead process does has an effect. */
export class DeadProcessError extends Error {
  override readonly name = 'DeadProcessError';
}

const EFFECTS = new Set<string | symbol>([
  ...['createMultipartUpload', 'putPart', 'discardPart', 'completeMultipartUpload'],
  ...['abortMultipartUpload', 'openRead', 'delete', 'head', 'write'],
]);

/** What a process has of the database and the store, until it dies. */
export class BreakableProcess {
  readonly database: Database;
  readonly store: ObjectStore;
  private readonly thawing = new Gate();
  private readonly freezing = new Gate();
  private effects = 0;
  private isDead = false;

  constructor(
    real: { readonly database: Database; readonly store: ObjectStore },
    private readonly trouble?: Trouble,
  ) {
    this.database = this.breakable(real.database);
    this.store = this.breakable(real.store);
  }

  /** Resolves when it is frozen; never when it does not come to that. */
  frozen(): Promise<void> {
    return this.freezing.passed();
  }

  thaw(): void {
    this.thawing.open();
  }

  private breakable<T extends object>(real: T): T {
    return new Proxy(real, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') {
          return member;
        }
        const call = (given: readonly unknown[]): unknown => Reflect.apply(member, target, given);
        if (name === 'transaction') {
          return (work: (tx: Transaction) => Promise<unknown>) => this.transaction(call, work);
        }
        return (...given: unknown[]) => {
          this.requireLife();
          return EFFECTS.has(name) ? this.effect(() => call(given)) : call(given);
        };
      },
    });
  }

  private transaction(
    call: (given: readonly unknown[]) => unknown,
    work: (tx: Transaction) => Promise<unknown>,
  ): Promise<unknown> {
    return this.effect((strike) =>
      call([
        async (tx: Transaction) => {
          const result = await work(tx);
          await strike('commit');
          return result;
        },
      ]),
    );
  }

  private async effect(
    work: (strike: (when: Trouble['when']) => Promise<void>) => unknown,
  ): Promise<unknown> {
    this.requireLife();
    this.effects += 1;
    const isHere = this.effects === this.trouble?.at;
    const strike = (when: Trouble['when']): Promise<void> =>
      isHere && this.trouble.when === when ? this.strike(this.trouble.kind) : Promise.resolve();
    await strike('before');
    const result = await work(strike);
    await strike('after');
    return result;
  }

  private async strike(kind: Trouble['kind']): Promise<void> {
    if (kind === 'freeze') {
      this.freezing.open();
      await this.thawing.passed();
      return;
    }
    this.isDead = true;
    this.requireLife();
  }

  private requireLife(): void {
    if (this.isDead) {
      throw new DeadProcessError();
    }
  }
}

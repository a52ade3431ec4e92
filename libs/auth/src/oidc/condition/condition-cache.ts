import { compileCondition, type Condition } from './condition.js';

const MOST = 256;

/** Compiled conditions by their source: the same text always compiles to the same, so nothing here can be stale. */
export class ConditionCache {
  private readonly compiled = new Map<string, Condition>();

  /** Throws InvalidConditionError. */
  get(source: string): Condition {
    const condition = this.compiled.get(source) ?? compileCondition(source);
    this.compiled.delete(source);
    this.compiled.set(source, condition);
    const [oldest] = this.compiled.keys();
    if (this.compiled.size > MOST && oldest !== undefined) {
      this.compiled.delete(oldest);
    }
    return condition;
  }
}

/** Collects the values of a statement whose conditions depend on what is asked for, so that each has its own plan. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** The place of the value in the statement. */
  add(value: unknown, type: 'bigint' | 'jsonb' | 'text' | 'text[]' | 'uuid'): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

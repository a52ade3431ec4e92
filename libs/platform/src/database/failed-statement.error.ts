import { QueryFailedError } from 'typeorm';

/** The database refused a statement. Says which and why, but nothing of the values that the statement was about. */
export class FailedStatementError extends Error {
  override readonly name = 'FailedStatementError';
  /** https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly sqlState?: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
  /** The text with `$1` in the place of values. */
  readonly statement: string;

  constructor(failed: QueryFailedError) {
    const cause = failed.driverError;
    const state = textOf(cause, 'code');
    super(describe(state, cause.message));
    this.statement = failed.query.slice(0, LONGEST_STATEMENT);
    for (const [name, text] of [
      ['sqlState', state],
      ['constraint', textOf(cause, 'constraint')],
      ['table', textOf(cause, 'table')],
      ['column', textOf(cause, 'column')],
    ] as const) {
      if (text !== undefined) {
        this[name] = text;
      }
    }
    this.stack = [`${this.name}: ${this.message}`, ...framesOf(failed)].join('\n');
  }

  /** The values were the reason (class 22, data exception; class 23, constraint violation): it fails again each time. */
  get isFaultOfData(): boolean {
    return this.sqlState !== undefined && /^2[23]/.test(this.sqlState);
  }
}

const LONGEST_STATEMENT = 500;

/**
 * The error without values: Postgres quotes them in the messages of class 22, in details and in contexts, and TypeORM
 * keeps all parameters. Anything else than a failed statement is returned as it is.
 */
export function withoutValues(error: unknown): unknown {
  return error instanceof QueryFailedError ? new FailedStatementError(error as QueryFailedError) : error;
}

function describe(state: string | undefined, message: string): string {
  return state?.startsWith('22') === true
    ? `the database cannot use a value (SQLSTATE ${state})`
    : `${message}${state === undefined ? '' : ` (SQLSTATE ${state})`}`;
}

function textOf(error: Error, name: string): string | undefined {
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : undefined;
}

/** The stack without the message, which may be of several lines. */
function framesOf({ stack }: Error): string[] {
  return (stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line));
}

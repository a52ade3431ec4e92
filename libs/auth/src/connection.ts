import type { Transaction } from '@imgsrv/platform';

/** Runs SQL: the database itself for single statements, or one open transaction. */
export type Connection = Pick<Transaction, 'rows'>;

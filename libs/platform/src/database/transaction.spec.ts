import type { EntityManager } from 'typeorm';
import type { Connection } from './connection.js';
import { SingleStatement, Transaction } from './transaction.js';

const answering = (rows: unknown): EntityManager => ({ query: () => Promise.resolve(rows) }) as never;

describe('Transaction', () => {
  it('is what locking asks for, and no plain connection passes for it', async () => {
    const lock = (tx: Transaction): Promise<object[]> => tx.rows('SELECT 1 FOR UPDATE');
    const connection: Connection = new Transaction(answering([{ id: 1 }]));
    // @ts-expect-error -- compiles only as long as a connection is not taken for a transaction
    const rows = await lock(connection);
    expect(rows).toEqual([{ id: 1 }]);
  });

  it.each([
    ['of a read', [{ id: 1 }]],
    ['of an UPDATE', [[{ id: 1 }], 1]],
  ])('gives the rows %s', async (_, answer) => {
    expect(await new Transaction(answering(answer)).rows('')).toEqual([{ id: 1 }]);
  });
});

describe('SingleStatement', () => {
  it('refuses a second statement, which nothing would undo together with the first', async () => {
    const tx = new SingleStatement(answering([{ id: 1 }]));
    expect(await tx.rows('UPDATE')).toEqual([{ id: 1 }]);
    await expect(tx.rows('UPDATE')).rejects.toThrow('more than one statement needs a transaction');
  });
});

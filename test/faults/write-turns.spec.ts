import { Database } from '@imgsrv/platform';
import { pino } from 'pino';
import { createEmptyDatabase, type TestDatabase } from '../support/postgres.js';

describe('a single statement that writes', () => {
  let server: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    server = await createEmptyDatabase();
    database = new Database({
      url: server.url,
      applicationName: 'imgsrv-test',
      entities: [],
      migrations: [],
      logger: pino({ level: 'silent' }),
      // One connection for writes, one for reads.
      poolSize: 2,
    });
    await database.start();
    await database.transaction((tx) => tx.rows('CREATE TABLE numbers (number integer)'));
  });
  afterAll(async () => {
    await database.close();
    await server.drop();
  });

  it('never takes the connection that is kept for reads, but waits for its turn', async () => {
    let hasWritten = false;
    const written = await database.transaction(async (tx) => {
      await tx.rows('INSERT INTO numbers VALUES (1)');
      const write = database.write((single) => {
        hasWritten = true;
        return single.rows('INSERT INTO numbers VALUES (2) RETURNING number');
      });
      expect(await database.rows('SELECT FROM numbers')).toEqual([]);
      expect(hasWritten).toBe(false);
      return { write };
    });
    expect(await written.write).toEqual([{ number: 2 }]);
    expect(await database.rows('SELECT FROM numbers')).toHaveLength(2);
  });

  it('is the only one: a second is refused', async () => {
    const twice = database.write(async (tx) => {
      await tx.rows('SELECT 1');
      await tx.rows('SELECT 2');
    });
    await expect(twice).rejects.toThrow('more than one statement needs a transaction');
  });
});

import {
  Authenticator,
  type Principal,
  UnauthenticatedError,
  type UnauthenticatedReason,
} from '@imgsrv/auth';
import { DependencyUnavailableError, type Transaction } from '@imgsrv/platform';
import { openDatabase } from '../support/database.js';
import { waitFor } from '../support/wait-for.js';
import { type AuthDatabase, SILENT, startAuthDatabase } from './auth-database.js';

let auth: AuthDatabase;
let authenticator: Authenticator;

beforeAll(async () => {
  auth = await startAuthDatabase();
});
afterAll(() => auth.close());
beforeEach(async () => {
  await auth.clear();
  authenticator = new Authenticator(auth.database, SILENT);
});
afterEach(() => authenticator.settled());

describe('a valid token', () => {
  it('gives its principal with all roles and their actions', async () => {
    const { principal, issued } = await auth.holder(['content-writer', 'auth-manager']);
    expect(await authenticator.authenticate(issued.plaintext)).toEqual({
      principalId: principal.id,
      principalKind: 'service',
      displayName: 'somebody',
      roleIds: ['auth-manager', 'content-writer'],
      actions: new Set(['auth.manage', 'content.write']),
      imageScope: 'all',
      readScope: 'all',
      credential: { kind: 'api-token', id: issued.token.id, expiresAt: expect.any(Date) as Date },
    });
  });

  it('gives a caller who may do nothing when its principal has no role', async () => {
    const { issued } = await auth.holder([]);
    expect((await authenticator.authenticate(issued.plaintext)).actions).toEqual(new Set());
  });

  it('costs one statement', async () => {
    const { issued } = await auth.holder(['content-writer']);
    await authenticator.authenticate(issued.plaintext);
    await authenticator.settled();
    const statements = jest.spyOn(auth.database, 'rows');
    await authenticator.authenticate(issued.plaintext);
    expect(statements).toHaveBeenCalledTimes(1);
    statements.mockRestore();
  });

  it('shows a role that was given or taken at the next request, on another replica too', async () => {
    const elsewhere = new Authenticator(await auth.replica(), SILENT);
    const { principal, issued } = await auth.holder([]);
    expect((await elsewhere.authenticate(issued.plaintext)).roleIds).toEqual([]);
    await auth.principals.assignRole(principal.id, 'content-writer');
    expect((await elsewhere.authenticate(issued.plaintext)).roleIds).toEqual(['content-writer']);
    await auth.principals.removeRole(principal.id, 'content-writer');
    expect((await elsewhere.authenticate(issued.plaintext)).roleIds).toEqual([]);
    await elsewhere.settled();
  });
});

describe('a token that is refused', () => {
  it.each<[UnauthenticatedReason, (plaintext: string, principal: Principal) => Promise<unknown>]>([
    ['revoked', (_plaintext, principal) => revokeAll(principal)],
    ['principal-disabled', (_plaintext, { id }) => auth.principals.update(id, { disabled: true })],
    ['revoked', (_plaintext, { id }) => auth.principals.delete(id)],
    ['expired', () => auth.database.rows(`UPDATE api_tokens SET expires_at = now()`)],
    ['unknown', () => auth.database.rows(`DELETE FROM api_tokens`)],
    ['unknown', () => auth.database.rows(`UPDATE api_tokens SET secret_sha256 = sha256('another')`)],
    [
      'unknown',
      () => auth.database.rows(`UPDATE api_tokens SET secret_sha256 = decode(repeat('00', 32), 'hex')`),
    ],
  ])('is refused as %s from the next request on, on another replica too', async (reason, spoil) => {
    const elsewhere = new Authenticator(await auth.replica(), SILENT);
    const { principal, issued } = await auth.holder(['content-writer']);
    await elsewhere.authenticate(issued.plaintext);
    await elsewhere.settled();

    await spoil(issued.plaintext, principal);

    await expect(elsewhere.authenticate(issued.plaintext)).rejects.toMatchObject({
      code: 'unauthenticated',
      reason,
    });
  });

  it('stays refused after deletion although its revocation were undone', async () => {
    const { principal, issued } = await auth.holder(['content-writer']);
    await auth.principals.delete(principal.id);
    await auth.database.rows('UPDATE api_tokens SET revoked_at = NULL');
    await expect(authenticator.authenticate(issued.plaintext)).rejects.toThrow(UnauthenticatedError);
  });

  it('works again when its principal is enabled again', async () => {
    const { principal, issued } = await auth.holder([]);
    await auth.principals.update(principal.id, { disabled: true });
    await expect(authenticator.authenticate(issued.plaintext)).rejects.toThrow(UnauthenticatedError);
    await auth.principals.update(principal.id, { disabled: false });
    await expect(authenticator.authenticate(issued.plaintext)).resolves.toBeDefined();
  });

  it('never tells the state of a token to who has only its id', async () => {
    const [first, second] = [await auth.holder([]), await auth.holder([])];
    await auth.tokens.revoke(first.issued.token.id);
    await auth.database.rows(
      `UPDATE api_tokens t SET secret_sha256 = o.secret_sha256 FROM api_tokens o WHERE t.id = $1 AND o.id = $2`,
      [first.issued.token.id, second.issued.token.id],
    );
    await expect(authenticator.authenticate(first.issued.plaintext)).rejects.toMatchObject({
      reason: 'unknown',
    });
  });
});

describe('without a database', () => {
  const away = openDatabase('postgres://127.0.0.1:1/none');

  it.each(['', 'garbage', 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THT'])(
    'refuses %j all the same, because the database is not asked',
    async (text) => {
      await expect(new Authenticator(away, SILENT).authenticate(text)).rejects.toMatchObject({
        code: 'unauthenticated',
        reason: 'malformed',
      });
    },
  );

  it('cannot tell whether a well-formed token is valid, and says so', async () => {
    const { issued } = await auth.holder([]);
    await expect(new Authenticator(away, SILENT).authenticate(issued.plaintext)).rejects.toThrow(
      DependencyUnavailableError,
    );
  });
});

describe('the last use', () => {
  it('is recorded at the first use and again only after a minute', async () => {
    const { principal, issued } = await auth.holder([]);
    const recorded = async () => (await recordedUse(principal))?.getTime();
    expect(await recorded()).toBeUndefined();

    await use(issued.plaintext);
    const first = await recorded();
    expect(first).toEqual(expect.any(Number));

    await auth.database.rows(`UPDATE api_tokens SET last_used_at = now() - interval '59 seconds'`);
    const fresh = await recorded();
    await use(issued.plaintext);
    expect(await recorded()).toBe(fresh);

    await auth.database.rows(`UPDATE api_tokens SET last_used_at = now() - interval '61 seconds'`);
    await use(issued.plaintext);
    expect(await recorded()).toBeGreaterThan(fresh ?? Infinity);
  });

  it('is written once when two replicas find it missing at the same time', async () => {
    const { principal, issued } = await auth.holder([]);
    const replica = await auth.replica();
    const elsewhere = new Authenticator(replica, SILENT);
    const write = replica.write.bind(replica);
    let first: Date | undefined;
    const late = jest.spyOn(replica, 'write').mockImplementation(async (work) => {
      await use(issued.plaintext);
      first = await recordedUse(principal);
      return write(work);
    });

    await elsewhere.authenticate(issued.plaintext);
    await elsewhere.settled();

    late.mockRestore();
    expect(first).toBeInstanceOf(Date);
    expect(await recordedUse(principal)).toEqual(first);
  });

  it('is one write for many uses at once', async () => {
    const { issued } = await auth.holder([]);
    const write = auth.database.write.bind(auth.database);
    const statements: Promise<object[]>[] = [];
    const writes = jest.spyOn(auth.database, 'write').mockImplementation((work) =>
      write(async (tx) => {
        const rows = jest.spyOn(tx, 'rows');
        const done = await work(tx);
        statements.push(...rows.mock.results.map(({ value }) => value as Promise<object[]>));
        return done;
      }),
    );
    await Promise.all(Array.from({ length: 50 }, () => authenticator.authenticate(issued.plaintext)));
    await authenticator.settled();
    writes.mockRestore();
    const written = (await Promise.all(statements)).flat();
    expect(written).toHaveLength(1);
    expect(statements.length).toBeLessThanOrEqual(10);
  });

  it('keeps no request waiting while the row is locked', async () => {
    const { issued } = await auth.holder([]);
    await auth.database.transaction(async (tx: Transaction) => {
      await tx.rows('SELECT 1 FROM api_tokens FOR UPDATE');
      await authenticator.authenticate(issued.plaintext);
      await authenticator.settled();
    });
    const [row] = await auth.database.rows<{ last_used_at: Date | null }>(
      'SELECT last_used_at FROM api_tokens',
    );
    expect(row?.last_used_at).toBeNull();
  });

  it('lets the request pass and logs when it cannot be written', async () => {
    const { issued } = await auth.holder([]);
    const warn = jest.spyOn(SILENT, 'warn').mockImplementation(() => undefined);
    await auth.database.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused'; END $$`);
    await auth.database.rows(`CREATE TRIGGER refuse BEFORE UPDATE OF last_used_at ON api_tokens
      FOR EACH ROW EXECUTE FUNCTION refuse()`);

    await expect(authenticator.authenticate(issued.plaintext)).resolves.toBeDefined();
    await waitFor(() => warn.mock.calls.length > 0);

    await auth.database.rows('DROP FUNCTION refuse CASCADE');
    expect(JSON.stringify(warn.mock.calls)).not.toContain(issued.plaintext);
    warn.mockRestore();
  });
});

async function recordedUse({ id }: Principal): Promise<Date | undefined> {
  return (await auth.tokens.list(id, { limit: 1 })).items[0]?.lastUsedAt;
}

async function use(plaintext: string): Promise<void> {
  await authenticator.authenticate(plaintext);
  await authenticator.settled();
}

async function revokeAll(principal: Principal): Promise<void> {
  const { items } = await auth.tokens.list(principal.id, { limit: 100 });
  await Promise.all(items.map(({ id }) => auth.tokens.revoke(id)));
}

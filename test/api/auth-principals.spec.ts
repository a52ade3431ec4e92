import {
  type ApiTokenId,
  apiTokenId,
  ApiTokenNotFoundError,
  type PrincipalId,
  principalId,
  PrincipalNotFoundError,
  TokenExpiryNotInFutureError,
  UnknownRoleError,
} from '@imgsrv/auth';
import { type AuthDatabase, HOUR_MS, startAuthDatabase } from './auth-database.js';

const NOBODY = principalId('00000000-0000-4000-8000-000000000000');

let auth: AuthDatabase;

beforeAll(async () => {
  auth = await startAuthDatabase();
});
afterAll(() => auth.close());
beforeEach(() => auth.clear());

describe('a principal', () => {
  it('is enabled, without roles, and keeps its attributes as given', async () => {
    const attributes = { team: 'infra', nested: { list: [1, null, 'ä'] } };
    const created = await auth.principals.create({ kind: 'user', displayName: 'Zoë', attributes });
    expect(created).toEqual({
      id: expect.any(String) as string,
      kind: 'user',
      derivedRoles: [],
      displayName: 'Zoë',
      attributes,
      roleIds: [],
      imageScope: 'all',
      readScope: [],
      disabled: false,
    });
    expect(await auth.principals.get(created.id)).toEqual(created);
  });

  it('may share its name with another', async () => {
    const [first, second] = [await auth.principal([]), await auth.principal([])];
    expect(first.displayName).toBe(second.displayName);
    expect(first.id).not.toBe(second.id);
  });

  it('changes only what is named', async () => {
    const { id } = await auth.principal(['content-writer']);
    await auth.principals.update(id, { disabled: true });
    expect(await auth.principals.update(id, { displayName: 'new' })).toMatchObject({
      displayName: 'new',
      disabled: true,
      roleIds: ['content-writer'],
    });
    expect(await auth.principals.update(id, {})).toMatchObject({ displayName: 'new', disabled: true });
  });

  it('has a role once however often it is given, and loses it however often it is taken', async () => {
    const { id } = await auth.principal(['content-writer', 'content-writer']);
    expect((await auth.principals.get(id)).roleIds).toEqual(['content-writer']);
    await auth.principals.removeRole(id, 'content-writer');
    await auth.principals.removeRole(id, 'content-writer');
    expect((await auth.principals.get(id)).roleIds).toEqual([]);
  });
});

describe('deleting a principal', () => {
  it('revokes its tokens, takes its roles, hides it, and keeps its row for history', async () => {
    const { principal } = await auth.holder(['content-writer']);
    const revokedBefore = await auth.token(principal);
    await auth.tokens.revoke(revokedBefore.token.id);
    const [before] = await auth.database.rows<{ revoked_at: Date }>(
      'SELECT revoked_at FROM api_tokens WHERE id = $1',
      [revokedBefore.token.id],
    );

    await auth.principals.delete(principal.id);

    expect((await auth.principals.list({ limit: 10 })).items).toEqual([]);
    const tokens = await auth.database.rows<{ id: string; revoked_at: Date | null }>(
      'SELECT id, revoked_at FROM api_tokens WHERE principal_id = $1',
      [principal.id],
    );
    expect(tokens).toHaveLength(2);
    expect(tokens.every(({ revoked_at }) => revoked_at !== null)).toBe(true);
    expect(tokens.find(({ id }) => id === revokedBefore.token.id)?.revoked_at).toEqual(before?.revoked_at);
    expect(await auth.database.rows('SELECT 1 FROM role_assignments')).toEqual([]);
    expect(await auth.database.rows('SELECT 1 FROM principals WHERE id = $1', [principal.id])).toHaveLength(
      1,
    );
  });

  it('leaves no live token behind when tokens are issued at the same time', async () => {
    const principal = await auth.principal([]);
    const issuing = Array.from({ length: 12 }, () => auth.token(principal));
    const outcomes = await Promise.allSettled([...issuing, auth.principals.delete(principal.id)]);

    expect(outcomes.at(-1)?.status).toBe('fulfilled');
    for (const outcome of outcomes) {
      expect(outcome.status === 'fulfilled' || outcome.reason instanceof PrincipalNotFoundError).toBe(true);
    }
    expect(await auth.database.rows('SELECT 1 FROM api_tokens WHERE revoked_at IS NULL')).toEqual([]);
  });
});

describe('an unknown or deleted principal', () => {
  it.each<[string, (id: PrincipalId) => Promise<unknown>]>([
    ['get', (id) => auth.principals.get(id)],
    ['rename', (id) => auth.principals.update(id, { displayName: 'x' })],
    ['disable', (id) => auth.principals.update(id, { disabled: true })],
    ['enable', (id) => auth.principals.update(id, { disabled: false })],
    ['delete', (id) => auth.principals.delete(id)],
    ['give a role', (id) => auth.principals.assignRole(id, 'content-writer')],
    ['take a role', (id) => auth.principals.removeRole(id, 'content-writer')],
    ['issue a token', (id) => auth.tokens.issue(id, { name: '', expiresAt: new Date(Date.now() + HOUR_MS) })],
    ['issue an expired token', (id) => auth.tokens.issue(id, { name: '', expiresAt: new Date(0) })],
    ['list tokens', (id) => auth.tokens.list(id, { limit: 1 })],
  ])('is not found to %s', async (_what, act) => {
    await expect(act(NOBODY)).rejects.toThrow(PrincipalNotFoundError);
    const { id } = await auth.principal([]);
    await auth.principals.delete(id);
    await expect(act(id)).rejects.toThrow(PrincipalNotFoundError);
  });
});

it.each(['', 'admin', 'Auth-Manager', 'auth-manager;', '__proto__'])(
  'refuses the unknown role %j before it looks for the principal',
  async (roleId) => {
    await expect(auth.principals.assignRole(NOBODY, roleId)).rejects.toThrow(UnknownRoleError);
    await expect(auth.principals.removeRole(NOBODY, roleId)).rejects.toThrow(UnknownRoleError);
  },
);

describe('a token', () => {
  it('is stored without anything that could make it', async () => {
    const { principal, issued } = await auth.holder([]);
    const rows = await auth.database.rows('SELECT t.*, encode(secret_sha256, $1) AS hex FROM api_tokens t', [
      'escape',
    ]);
    const secret = issued.plaintext.slice('imgsrv_at_'.length + 17, -6);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(JSON.stringify(await auth.tokens.list(principal.id, { limit: 1 }))).not.toContain(secret);
  });

  it.each([-1, 0, -1000 * HOUR_MS])('cannot be issued with an expiry %d ms from now', async (offsetMs) => {
    const { id } = await auth.principal([]);
    const expiresAt = new Date(Date.now() + offsetMs);
    await expect(auth.tokens.issue(id, { name: '', expiresAt })).rejects.toThrow(TokenExpiryNotInFutureError);
  });

  it('keeps the time of its first revocation', async () => {
    const { principal, issued } = await auth.holder([]);
    await auth.tokens.revoke(issued.token.id);
    const first = (await auth.tokens.list(principal.id, { limit: 1 })).items[0]?.revokedAt;
    await auth.tokens.revoke(issued.token.id);
    const second = (await auth.tokens.list(principal.id, { limit: 1 })).items[0]?.revokedAt;
    expect(first).toBeInstanceOf(Date);
    expect(second).toEqual(first);
  });

  it('cannot be revoked when there is none with the id', async () => {
    await expect(auth.tokens.revoke(apiTokenId(NOBODY))).rejects.toThrow(ApiTokenNotFoundError);
  });
});

describe('lists', () => {
  it('give every principal once, oldest first, whatever the page size, though some have the same age', async () => {
    const made = Array.from({ length: 7 }, () => auth.principal([]));
    const all = new Set((await Promise.all(made)).map(({ id }) => id));
    await auth.database.rows(`UPDATE principals SET created_at = date_trunc('second', created_at)`);

    for (const limit of [1, 2, 3, 6, 7, 8, 1000]) {
      const seen: PrincipalId[] = [];
      let pages = 0;
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await auth.principals.list({ limit, ...(cursor === undefined ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
        pages += 1;
      }
      expect(seen).toHaveLength(7);
      expect(new Set(seen)).toEqual(all);
      expect(pages).toBe(Math.ceil(7 / limit));
    }
  });

  it('go on after a principal that was deleted between two pages', async () => {
    const ids: PrincipalId[] = [];
    for (let n = 0; n < 4; n++) {
      ids.push((await auth.principal([])).id);
    }
    const first = await auth.principals.list({ limit: 2 });
    await auth.principals.delete(ids[1] ?? NOBODY);
    const second = await auth.principals.list({
      limit: 2,
      ...(first.nextCursor === undefined ? {} : { cursor: first.nextCursor }),
    });
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.nextCursor).toBeUndefined();
  });

  it('give the tokens of one principal only, in pages', async () => {
    const principal = await auth.principal([]);
    const other = await auth.holder([]);
    const ids: ApiTokenId[] = [];
    for (let n = 0; n < 3; n++) {
      ids.push((await auth.token(principal)).token.id);
    }
    const first = await auth.tokens.list(principal.id, { limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const rest = await auth.tokens.list(principal.id, { limit: 2, cursor: first.nextCursor ?? '' });
    expect(rest).toMatchObject({ items: [{ id: ids[2] }] });
    expect(rest.nextCursor).toBeUndefined();
    expect(ids).not.toContain(other.issued.token.id);
  });
});

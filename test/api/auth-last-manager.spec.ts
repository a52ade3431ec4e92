import { TRAIL } from './auth-database.js';
import { LastAuthManagerError, Principals, type IssuedApiToken, type Principal } from '@imgsrv/auth';
import { type AuthDatabase, HOUR_MS, startAuthDatabase } from './auth-database.js';

interface Manager {
  readonly principal: Principal;
  readonly issued: IssuedApiToken;
}

/** Every way to take an auth-manager away. */
const REMOVALS: readonly [string, (auth: AuthDatabase, manager: Manager) => Promise<unknown>][] = [
  ['taking its role', (auth, { principal }) => auth.principals.removeRole(principal.id, 'auth-manager')],
  ['disabling it', (auth, { principal }) => auth.principals.update(principal.id, { disabled: true })],
  ['deleting it', (auth, { principal }) => auth.principals.delete(principal.id)],
  ['revoking its last token', (auth, { issued }) => auth.tokens.revoke(issued.token.id)],
];

let auth: AuthDatabase;

beforeAll(async () => {
  auth = await startAuthDatabase();
});
afterAll(() => auth.close());
beforeEach(() => auth.clear());

describe.each(REMOVALS)('%s', (_what, remove) => {
  it('is refused for the only auth-manager, and leaves it untouched', async () => {
    const manager = await auth.holder(['auth-manager']);

    await expect(remove(auth, manager)).rejects.toThrow(LastAuthManagerError);

    expect(await auth.principals.get(manager.principal.id)).toEqual(manager.principal);
    const { items } = await auth.tokens.list(manager.principal.id, { limit: 10 });
    expect(items.map(({ revokedAt }) => revokedAt)).toEqual([undefined]);
  });

  it('is allowed while another usable auth-manager stays', async () => {
    const manager = await auth.holder(['auth-manager']);
    await auth.holder(['auth-manager']);
    await expect(remove(auth, manager)).resolves.not.toThrow();
  });

  it.each<[string, (auth: AuthDatabase) => Promise<unknown>]>([
    ['has no token', (auth) => auth.principal(['auth-manager'])],
    ['has only an expired token', (auth) => auth.holder(['auth-manager'], -HOUR_MS)],
    [
      'has only a revoked token',
      async (auth) => {
        const { issued } = await auth.holder(['auth-manager']);
        await auth.tokens.revoke(issued.token.id);
      },
    ],
    [
      'is disabled',
      async (auth) => {
        const { principal } = await auth.holder(['auth-manager']);
        await auth.principals.update(principal.id, { disabled: true });
      },
    ],
    [
      'is deleted',
      async (auth) => {
        const { principal } = await auth.holder(['auth-manager']);
        await auth.principals.delete(principal.id);
      },
    ],
    ['is only a content-writer', (auth) => auth.holder(['content-writer'])],
  ])('is refused when every other one %s', async (_other, makeOther) => {
    const manager = await auth.holder(['auth-manager']);
    await makeOther(auth);
    await expect(remove(auth, manager)).rejects.toThrow(LastAuthManagerError);
  });

  it('is allowed for somebody who is no auth-manager', async () => {
    await auth.holder(['auth-manager']);
    const writer = await auth.holder(['content-writer']);
    await expect(remove(auth, writer)).resolves.not.toThrow();
  });

  it('is allowed when there is no usable auth-manager anyway', async () => {
    const expired = await auth.holder(['auth-manager'], -HOUR_MS);
    await expect(remove(auth, expired)).resolves.not.toThrow();
  });

  it('lets exactly one of eight auth-managers stay when all go at once from two replicas', async () => {
    const replica = Object.assign(Object.create(auth) as AuthDatabase, {
      principals: new Principals(await auth.replica(), TRAIL),
    });
    const managers = await Promise.all(Array.from({ length: 8 }, () => auth.holder(['auth-manager'])));

    const outcomes = await Promise.allSettled(
      managers.map((manager, index) => remove(index % 2 === 0 ? auth : replica, manager)),
    );

    const refusals = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
    );
    expect(refusals).toEqual([expect.any(LastAuthManagerError)]);
  });
});

it('lets one of two tokens of the only auth-manager be revoked', async () => {
  const { principal, issued } = await auth.holder(['auth-manager']);
  await auth.token(principal);
  await expect(auth.tokens.revoke(issued.token.id)).resolves.not.toThrow();
});

it('lets the only auth-manager be renamed and lose its other role', async () => {
  const { principal } = await auth.holder(['auth-manager', 'content-writer']);
  await auth.principals.update(principal.id, { displayName: 'renamed', disabled: false });
  await auth.principals.removeRole(principal.id, 'content-writer');
  expect(await auth.principals.get(principal.id)).toMatchObject({
    displayName: 'renamed',
    roleIds: ['auth-manager'],
  });
});

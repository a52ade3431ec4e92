import { authorize, type Caller, isAllowed } from './caller.js';
import { ForbiddenError } from './auth.errors.js';
import { principalId } from './principals/principal.js';
import { type Action, actionsOf, findRole, knownRoleIds, type RoleId, ROLES } from './roles.js';
import { apiTokenId } from './tokens/api-token.js';

describe('roles', () => {
  it.each<[readonly RoleId[], readonly Action[]]>([
    [[], []],
    [['auth-manager'], ['auth.manage']],
    [['content-writer'], ['content.write']],
    [['content-admin'], []],
    [['content-reader'], ['content.read']],
    [
      ['content-admin', 'content-writer'],
      ['content.withdraw', 'content.write'],
    ],
    [['auth-manager', 'content-admin'], ['auth.manage']],
    [['storage-manager'], ['storage.manage']],
    [
      ['auth-manager', 'content-writer'],
      ['auth.manage', 'content.write'],
    ],
  ])('%j allow exactly %j', (roleIds, actions) => {
    expect([...actionsOf(roleIds)]).toEqual(actions);
  });

  it('have the ids and actions that clients know', () => {
    expect(ROLES.map(({ id, actions }) => ({ id, actions }))).toEqual([
      { id: 'auth-manager', actions: ['auth.manage'] },
      { id: 'content-admin', actions: ['content.withdraw'] },
      { id: 'content-reader', actions: ['content.read'] },
      { id: 'content-writer', actions: ['content.write'] },
      { id: 'storage-manager', actions: ['storage.manage'] },
    ]);
  });

  it.each(['', 'admin', 'AUTH-MANAGER', 'auth-manager ', '__proto__', 'constructor', 'toString'])(
    'have no role %j',
    (id) => {
      expect(findRole(id)).toBeUndefined();
    },
  );

  it('give nothing for a stored role that this release does not know', () => {
    expect(knownRoleIds(['content-writer', 'from-a-newer-release'])).toEqual(['content-writer']);
  });
});

describe('authorize', () => {
  it('refuses a caller whose roles do not allow the action', () => {
    const caller = callerWith(['content-writer']);
    expect(() => {
      authorize(caller, 'auth.manage');
    }).toThrow(ForbiddenError);
    expect(isAllowed(caller, 'auth.manage')).toBe(false);
  });

  it('lets a caller through whose role allows it', () => {
    const caller = callerWith(['content-writer']);
    expect(() => {
      authorize(caller, 'content.write');
    }).not.toThrow();
  });

  it('allows nothing to nobody', () => {
    expect(isAllowed(undefined, 'content.write')).toBe(false);
  });
});

function callerWith(roleIds: readonly RoleId[]): Caller {
  return {
    principalId: principalId('5e2b4a0c-5d0f-4f4e-9f1e-0d2f3a4b5c6d'),
    principalKind: 'service',
    displayName: 'ci',
    roleIds,
    imageScope: 'all',
    readScope: 'all',
    actions: actionsOf(roleIds),
    credential: {
      kind: 'api-token',
      id: apiTokenId('6f3c5b1d-6e10-4a5f-8a2f-1e304b5c6d7e'),
      expiresAt: new Date('2030-01-01T00:00:00Z'),
    },
  };
}

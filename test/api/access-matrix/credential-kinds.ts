import { imagePattern, type Principal, type RoleId } from '@imgsrv/auth';
import { type AuthDatabase, HOUR_MS } from '../auth-database.js';
import { AUDIENCE, type ScriptedIssuer } from '../../oidc/scripted-issuer.js';

/** The columns of the page, in its order. Kinds of credentials that must always fare alike share one. */
export const COLUMNS = [
  ...([
    'none',
    'garbage',
    'expired',
    'revoked',
    'disabled',
    'no role',
    'manager',
    'writer',
    'storage',
    'both',
    'admin',
  ] as const),
  ...([
    'scoped in',
    'scoped out',
    'admin in',
    'admin out',
    'OIDC',
    'OIDC in',
    'OIDC out',
    'OIDC no match',
  ] as const),
] as const;
export type Column = (typeof COLUMNS)[number];

/** Whose things a request names: of an image that limited grants cover (and, uploads, of the caller), or not. */
export type Scope = 'covered' | 'other';

/** What the names of images begin with. */
export const PREFIXES: Readonly<Record<Scope, string>> = { covered: 'mine-', other: 'other-' };

export interface CredentialKind {
  readonly name: string;
  readonly column: Column;
  readonly scope: Scope;
  /** Absent: the request carries none. */
  readonly token?: string;
}

const NEVER_ISSUED = 'imgsrv_at_0123456789ABCDEF_abcdefghijklmnopqrstuvwxyz01232u6THS';
const BOTH: readonly RoleId[] = ['auth-manager', 'content-writer'];
const LIMITED = [imagePattern(`${PREFIXES.covered}*`)];
/** For tokens that only the rule for some images lets in. */
const SCOPED_AUDIENCE = `${AUDIENCE}-scoped`;

/** Rules, as the api takes them, that the tokens of `issueCredentials` meet. */
export function rulesFor(issuer: ScriptedIssuer): readonly object[] {
  const rule = {
    display_name: 'pipeline',
    issuer_url: issuer.url,
    audience: AUDIENCE,
    forwarded_claims: ['team'],
    condition: 'claims.team == "images"',
  };
  return [rule, { ...rule, audience: SCOPED_AUDIENCE, image_patterns: LIMITED }];
}

/** One credential of every kind. The rules of `rulesFor` must be there. */
export async function issueCredentials(
  auth: AuthDatabase,
  issuer: ScriptedIssuer,
  /** Makes a request with a token, so that its principal comes into being. */
  introduce: (token: string) => Promise<void>,
): Promise<readonly CredentialKind[]> {
  return [
    { name: 'no credential', column: 'none', scope: 'other' },
    ...(await issueRefused(auth, issuer, introduce)),
    ...(await issueApiTokens(auth)),
    ...(await issueJwts(issuer)),
  ];
}

type Named = readonly [name: string, column: Column, token: string];

async function issueRefused(
  auth: AuthDatabase,
  issuer: ScriptedIssuer,
  introduce: (token: string) => Promise<void>,
): Promise<readonly CredentialKind[]> {
  const revoked = await auth.holder(BOTH);
  await auth.tokens.revoke(revoked.issued.token.id);
  const disabled = await auth.holder(BOTH);
  await auth.principals.update(disabled.principal.id, { disabled: true });
  const deleted = await auth.holder(BOTH);
  await auth.principals.delete(deleted.principal.id);
  const [header, , signature] = (await sign(issuer)).split('.');
  const now = Math.floor(Date.now() / 1000);
  const kinds: readonly Named[] = [
    ['no token at all', 'garbage', 'garbage'],
    ['an API token that was never issued', 'garbage', NEVER_ISSUED],
    ['a JWT whose claims were altered', 'garbage', `${header ?? ''}.e30.${signature ?? ''}`],
    ['a JWT of an issuer without a rule', 'garbage', await sign(issuer, { iss: 'https://issuer.example' })],
    ['a JWT for another audience', 'garbage', await sign(issuer, { aud: 'elsewhere' })],
    ['an expired API token', 'expired', (await auth.holder(BOTH, -HOUR_MS)).issued.plaintext],
    ['an expired JWT', 'expired', await sign(issuer, { iat: now - 900, nbf: now - 900, exp: now - 300 })],
    ['a revoked API token', 'revoked', revoked.issued.plaintext],
    ['an API token of a disabled principal', 'disabled', disabled.issued.plaintext],
    ['an API token of a deleted principal', 'disabled', deleted.issued.plaintext],
    ['a JWT of a disabled principal', 'disabled', await disabledJwt(auth, issuer, introduce)],
  ];
  return kinds.map(([name, column, token]) => ({ name, column, token, scope: 'other' }));
}

async function disabledJwt(
  auth: AuthDatabase,
  issuer: ScriptedIssuer,
  introduce: (token: string) => Promise<void>,
): Promise<string> {
  const token = await sign(issuer, { sub: 'left' });
  await introduce(token);
  const [row] = await auth.database.rows<{ principal_id: Principal['id'] }>(
    `SELECT principal_id FROM oidc_identities WHERE subject = 'left'`,
  );
  if (row === undefined) {
    throw new Error('the principal of the token did not come into being');
  }
  await auth.principals.update(row.principal_id, { disabled: true });
  return token;
}

async function issueApiTokens(auth: AuthDatabase): Promise<readonly CredentialKind[]> {
  const limited = await auth.holder([]);
  await auth.principals.assignRole(limited.principal.id, 'content-writer', LIMITED);
  const token = limited.issued.plaintext;
  const limitedAdmin = await auth.holder(['content-admin']);
  await auth.principals.assignRole(limitedAdmin.principal.id, 'content-writer', LIMITED);
  const adminToken = limitedAdmin.issued.plaintext;
  const holder = async (roleIds: readonly RoleId[]): Promise<string> =>
    (await auth.holder(roleIds)).issued.plaintext;
  return [
    { name: 'no role', column: 'no role', scope: 'other', token: await holder([]) },
    { name: 'auth-manager', column: 'manager', scope: 'other', token: await holder(['auth-manager']) },
    { name: 'content-writer', column: 'writer', scope: 'other', token: await holder(['content-writer']) },
    { name: 'storage-manager', column: 'storage', scope: 'other', token: await holder(['storage-manager']) },
    { name: 'both roles', column: 'both', scope: 'other', token: await holder(BOTH) },
    {
      name: 'a content-admin alone',
      column: 'no role',
      scope: 'other',
      token: await holder(['content-admin']),
    },
    {
      name: 'a content-admin',
      column: 'admin',
      scope: 'other',
      token: await holder(['content-admin', 'content-writer']),
    },
    { name: 'a limited content-admin, covered', column: 'admin in', scope: 'covered', token: adminToken },
    { name: 'a limited content-admin, not covered', column: 'admin out', scope: 'other', token: adminToken },
    { name: 'a limited writer, covered', column: 'scoped in', scope: 'covered', token },
    { name: 'a limited writer, not covered', column: 'scoped out', scope: 'other', token },
  ];
}

async function issueJwts(issuer: ScriptedIssuer): Promise<readonly CredentialKind[]> {
  const scoped = await sign(issuer, { sub: 'scoped', aud: SCOPED_AUDIENCE });
  return [
    { name: 'a JWT that a rule matches', column: 'OIDC', scope: 'other', token: await sign(issuer) },
    { name: 'a JWT of a limited rule, covered', column: 'OIDC in', scope: 'covered', token: scoped },
    { name: 'a JWT of a limited rule, not covered', column: 'OIDC out', scope: 'other', token: scoped },
    {
      name: 'a JWT that no rule matches',
      column: 'OIDC no match',
      scope: 'other',
      token: await sign(issuer, { sub: 'stranger', team: 'others' }),
    },
  ];
}

/** A token that outlives the test, unless the claims say otherwise. */
function sign(issuer: ScriptedIssuer, change: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return issuer.sign(issuer.claims({ exp: Math.floor(Date.now() / 1000) + HOUR_MS / 1000, ...change }));
}

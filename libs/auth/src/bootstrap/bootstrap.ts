import type { ChangeRecorder, Database, Transaction } from '@imgsrv/platform';
import { hasUsableAuthManager, lockAuthManagers } from '../principals/auth-manager.guarantee.js';
import type { PrincipalId } from '../principals/principal.js';
import { PrincipalRepository } from '../principals/principal.repository.js';
import { AUTH_MANAGER } from '../roles.js';
import { generateToken, type TokenFingerprint } from '../tokens/token.codec.js';
import { ApiTokenRepository } from '../tokens/api-token.repository.js';
import type { ApiToken } from '../tokens/api-token.js';
import { issuedChange } from '../tokens/issued-change.js';
import { fileDelivery, lineDelivery } from './token-delivery.js';

const BOOTSTRAP_NAME = 'bootstrap';
const BOOTSTRAP_TTL_MS = 24 * 60 * 60 * 1000;

export interface BootstrapOptions {
  /** Gets the token instead of standard output: written whole with mode 0600, replacing an existing file. */
  readonly tokenFile?: string;
  /** Writes one line, without its line break, to standard output. */
  readonly writeLine: (line: string) => void;
}

/**
 * Makes sure that somebody can manage auth: when no usable auth-manager exists, issues a token of 24 hours to the
 * principal `bootstrap` and delivers it. Any number of processes may call it at once; one of them issues. Repeating it
 * is safe. A token that cannot be delivered is revoked again and the error thrown.
 */
export async function ensureBootstrapToken(
  database: Database,
  options: BootstrapOptions,
  changes: ChangeRecorder,
): Promise<'issued' | 'not-needed'> {
  const { plaintext, ...fingerprint } = generateToken('imgsrv_at_');
  const delivery =
    options.tokenFile === undefined ? lineDelivery(options.writeLine) : fileDelivery(options.tokenFile);
  try {
    const token = await database.transaction(async (tx) => {
      const issued = await issueIfNeeded(tx, fingerprint);
      if (issued !== undefined) {
        await changes.record(tx, { ...issuedChange(issued), action: 'bootstrap.issue' });
        await delivery.prepare(plaintext);
      }
      return issued;
    });
    if (token === undefined) {
      return 'not-needed';
    }
    await delivery.complete().catch(async (error: unknown) => {
      await database.write((tx) => new ApiTokenRepository(tx).revoke(token.id));
      throw error;
    });
    return 'issued';
  } finally {
    await delivery.cleanUp();
  }
}

async function issueIfNeeded(tx: Transaction, fingerprint: TokenFingerprint): Promise<ApiToken | undefined> {
  await lockAuthManagers(tx);
  if (await hasUsableAuthManager(tx)) {
    return undefined;
  }
  const expiresAt = new Date(Date.now() + BOOTSTRAP_TTL_MS);
  return new ApiTokenRepository(tx).insert(
    await bootstrapPrincipal(tx),
    { name: BOOTSTRAP_NAME, expiresAt },
    fingerprint,
  );
}

/**
 * The bootstrap principal of last time, if it is still an enabled auth-manager: then it has no live token, or
 * bootstrapping were not needed. One that was disabled, deleted or deprived of the role is left alone, because
 * restoring it would bring back whatever tokens it still has.
 */
async function bootstrapPrincipal(tx: Transaction): Promise<PrincipalId> {
  const principals = new PrincipalRepository(tx);
  const existing = await principals.findEnabledByName('user', BOOTSTRAP_NAME, AUTH_MANAGER);
  if (existing !== undefined) {
    return existing.id;
  }
  const created = await principals.insert({ kind: 'user', displayName: BOOTSTRAP_NAME });
  await principals.assignRole(created.id, AUTH_MANAGER, 'all');
  return created.id;
}

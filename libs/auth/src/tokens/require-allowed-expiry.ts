import type { Connection } from '@imgsrv/platform';
import { TokenExpiryNotInFutureError, TokenLifetimeTooLongError } from '../auth.errors.js';
import { judgeExpiry } from './expiry.repository.js';

/** Throws TokenExpiryNotInFutureError and TokenLifetimeTooLongError, by the database's clock. */
export async function requireAllowedExpiry(
  connection: Connection,
  expiresAt: Date,
  maxLifetimeMs: number,
): Promise<void> {
  const expiry = await judgeExpiry(connection, expiresAt, maxLifetimeMs);
  if (!expiry.isInFuture) {
    throw new TokenExpiryNotInFutureError();
  }
  if (!expiry.isNearEnough) {
    throw new TokenLifetimeTooLongError(maxLifetimeMs);
  }
}

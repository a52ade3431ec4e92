import type { ChangeRecorder, Database, Transaction } from '@imgsrv/platform';
import type { EffectiveQuota, Quota } from './quota.js';
import { EmptyQuotaError, QuotaBelowUseError } from './quota.errors.js';
import { deleteQuota, findQuota, putQuota, readQuota } from './quota.repository.js';
import { lockHoldings } from './room-for-upload.js';

/** What each principal may hold. The principals are those of whoever calls. */
export class Quotas {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    /** For principals without a quota of their own. */
    private readonly fallback: Quota,
  ) {}

  async get(principalId: string): Promise<EffectiveQuota> {
    return readQuota(this.database, principalId, this.fallback);
  }

  /**
   * Replaces the principal's own quota. Safe to repeat. Throws EmptyQuotaError, and QuotaBelowUseError when the principal
   * holds more already.
   */
  async put(principalId: string, quota: Quota): Promise<EffectiveQuota> {
    if (quota.storedBytes === undefined && quota.openUploads === undefined) {
      throw new EmptyQuotaError();
    }
    return this.database.transaction(async (tx) => {
      await lockHoldings(tx, principalId);
      const before = await findQuota(tx, principalId);
      await putQuota(tx, principalId, quota);
      const effective = await readQuota(tx, principalId, this.fallback);
      requireEnough(quota, effective);
      await this.record(tx, 'quota.set', principalId, before, quota);
      return effective;
    });
  }

  /** The default goes for the principal from then on, even when it holds more. Safe to repeat. */
  async delete(principalId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await lockHoldings(tx, principalId);
      const before = await findQuota(tx, principalId);
      if (before !== undefined) {
        await deleteQuota(tx, principalId);
        await this.record(tx, 'quota.delete', principalId, before, undefined);
      }
    });
  }

  private async record(
    tx: Transaction,
    action: string,
    principalId: string,
    before: Quota | undefined,
    after: Quota | undefined,
  ): Promise<void> {
    await this.changes.record(tx, {
      action,
      resource: `auth/principals/${principalId}/quota`,
      ...(before === undefined ? {} : { before: stateOf(before) }),
      ...(after === undefined ? {} : { after: stateOf(after) }),
    });
  }
}

function requireEnough(quota: Quota, { used }: EffectiveQuota): void {
  if (quota.storedBytes !== undefined && used.storedBytes > quota.storedBytes) {
    throw new QuotaBelowUseError('stored_bytes', used.storedBytes, quota.storedBytes);
  }
  if (quota.openUploads !== undefined && used.openUploads > quota.openUploads) {
    throw new QuotaBelowUseError('open_uploads', used.openUploads, quota.openUploads);
  }
}

function stateOf({ storedBytes, openUploads }: Quota): Record<string, unknown> {
  return { stored_bytes: storedBytes ?? null, open_uploads: openUploads ?? null };
}

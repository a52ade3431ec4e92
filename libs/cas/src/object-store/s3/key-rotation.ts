import { isDeepStrictEqual } from 'node:util';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { describeCauses, followFiles, type S3Keys } from '@imgsrv/platform';
import { requireBucket } from './bucket-check.js';
import { createS3Clients, destroyClients, type S3Clients, useKeys } from './s3-clients.js';
import type { FollowedKeys, S3StoreSettings, S3Timeouts } from './s3-settings.js';

/** Services take a while to know a new key everywhere, and a file that is written once does not change again. */
const TRY_AGAIN_MS = 10_000;

/**
 * Gives clients the keys that files hold, whenever these change. Keys that the store refuses are not used, as half of a
 * pair may have been written only, but tried again until it takes them or the files change. A store that does
 * not answer refuses nothing: then the files are believed.
 */
export class KeyRotation {
  private used: S3Keys;
  private offered: S3Keys | undefined;
  private retry: NodeJS.Timeout | undefined;
  private readonly unfollow: () => void;

  constructor(
    private readonly settings: S3StoreSettings,
    private readonly timeouts: S3Timeouts,
    private readonly followed: FollowedKeys,
    private readonly clients: S3Clients,
  ) {
    const { accessKeyId, secretAccessKey, sessionToken } = settings;
    this.used = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    this.unfollow = followFiles({ ...followed, what: 'the S3 keys' }, (keys) => this.offer(keys));
  }

  close(): void {
    this.unfollow();
    this.offered = undefined;
    clearTimeout(this.retry);
  }

  /** Uses the keys. Throws when the store refuses them. */
  private async offer(keys: S3Keys): Promise<void> {
    clearTimeout(this.retry);
    this.offered = keys;
    const refusal = isDeepStrictEqual(keys, this.used) ? undefined : await this.refusalOf(keys);
    // The files may have changed during a retry, or the store been closed.
    if (this.offered !== keys) {
      return;
    }
    if (refusal !== undefined) {
      this.retry = setTimeout(() => void this.offerAgain(keys), TRY_AGAIN_MS).unref();
      throw refusal;
    }
    this.used = keys;
    useKeys(this.clients, keys);
  }

  private async offerAgain(keys: S3Keys): Promise<void> {
    const { logger } = this.followed;
    try {
      await this.offer(keys);
      logger.info('the object store takes the new S3 keys now');
    } catch (error) {
      logger.warn({ reason: describeCauses(error) }, 'the object store still refuses the new S3 keys');
    }
  }

  private async refusalOf(keys: S3Keys): Promise<Error | undefined> {
    const clients = createS3Clients({ ...this.settings, ...keys }, this.timeouts);
    try {
      const { bucket } = this.settings;
      await requireBucket({ client: clients.calls, bucket, timeoutMs: this.timeouts.checkMs });
      return undefined;
    } catch (error) {
      return isRefusal(error) ? error : undefined;
    } finally {
      destroyClients(clients);
    }
  }
}

/** Says whether the store itself answered that these keys may not use the bucket. */
function isRefusal(error: unknown): error is Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof S3ServiceException) {
      return (cause.$metadata.httpStatusCode ?? 500) < 500;
    }
  }
  return false;
}

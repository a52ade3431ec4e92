import type { Quota } from '@imgsrv/cas';
import type { Config } from '@imgsrv/platform';

/** What goes for principals without a quota of their own. */
export function defaultQuota({ defaultQuotaStoredBytes, maxOpenUploads }: Config): Quota {
  return {
    ...(defaultQuotaStoredBytes === undefined ? {} : { storedBytes: defaultQuotaStoredBytes }),
    ...(maxOpenUploads === 0 ? {} : { openUploads: maxOpenUploads }),
  };
}

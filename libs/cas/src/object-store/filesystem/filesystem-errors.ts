import { DependencyUnavailableError } from '@imgsrv/platform';
import { errorCode } from './durable-files.js';

const REASON: Record<string, string> = { ENOSPC: 'full', EDQUOT: 'full', EROFS: 'not writable' };

/** A system error (disk full, I/O error, permission, folder gone) as `DependencyUnavailableError`; others stay. */
export function storeError(error: unknown): unknown {
  const code = errorCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const reason = REASON[code];
  return new DependencyUnavailableError('object-store', {
    cause: error,
    ...(reason === undefined ? {} : { reason }),
  });
}

import { ImgsrvError } from '@imgsrv/platform';

/** One source has more requests under way than it may. */
export class TooManyRequestsError extends ImgsrvError {
  readonly code = 'too-many-requests';

  constructor() {
    super('Your address has as many requests under way as one may; wait until some of them are answered.');
  }
}

/** One source has more downloads under way than it may. */
export class TooManyDownloadsError extends ImgsrvError {
  readonly code = 'too-many-downloads';

  constructor(limit: number) {
    super(`Your address has ${limit} downloads under way, as many as one may; wait until one of them ends.`);
  }
}

/** This process serves as many downloads as it can bear. */
export class DownloadsBusyError extends ImgsrvError {
  readonly code = 'downloads-busy';

  constructor() {
    super('The service has as many downloads under way as it can bear; ask again soon.');
  }
}

export type LimitErrorCode =
  TooManyRequestsError['code'] | TooManyDownloadsError['code'] | DownloadsBusyError['code'];

import { ImgsrvError } from '@imgsrv/platform';

/** One source has more requests under way than it may. */
export class TooManyRequestsError extends ImgsrvError {
  readonly code = 'too-many-requests';

  constructor() {
    super('Your address has reached its limit of concurrent requests; retry when some of them have ended.');
  }
}

/** One source has more downloads under way than it may. */
export class TooManyDownloadsError extends ImgsrvError {
  readonly code = 'too-many-downloads';

  constructor(limit: number) {
    super(
      `Your address has reached its limit of ${limit} concurrent downloads; retry when one of them has ended.`,
    );
  }
}

/** This process serves as many downloads as it can bear. */
export class DownloadsBusyError extends ImgsrvError {
  readonly code = 'downloads-busy';

  constructor() {
    super('The service has reached its limit of concurrent downloads; retry soon.');
  }
}

/** One principal sends more parts at once than it may. */
export class TooManyPartsError extends ImgsrvError {
  readonly code = 'too-many-parts';

  constructor() {
    super(
      'You have reached your limit of parts that are sent at the same time; retry when one of them has ended.',
    );
  }
}

/** This process receives as many parts as it can bear. */
export class PartsBusyError extends ImgsrvError {
  readonly code = 'parts-busy';

  constructor() {
    super('The service has reached its limit of parts that are sent at the same time; retry soon.');
  }
}

export type LimitErrorCode =
  | TooManyRequestsError['code']
  | TooManyDownloadsError['code']
  | DownloadsBusyError['code']
  | TooManyPartsError['code']
  | PartsBusyError['code'];

import type { Logger, S3Keys } from '@imgsrv/platform';

export interface S3StoreSettings extends S3Keys {
  /** `host:port`, no scheme. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Default `us-east-1`, which S3-compatible stores accept. */
  readonly region?: string;
  readonly useTls: boolean;
  /** `host/bucket/key` instead of `bucket.host/key`. */
  readonly pathStyle: boolean;
}

/** Where keys come from that may change while the process runs. */
export interface FollowedKeys {
  readonly files: readonly string[];
  /** Throws when the files hold none. */
  readonly read: () => S3Keys;
  readonly logger: Logger;
}

/** Milliseconds. None of them bounds how long a stream of bytes may take. */
export interface S3Timeouts {
  /** To a connection. */
  readonly connectMs: number;
  /** To the answer of a call without a body, per attempt; for a read, to its first byte. */
  readonly answerMs: number;
  /** All attempts of a call without a body, complete excepted. */
  readonly callMs: number;
  /** Complete: stores assemble thousands of parts before they answer. */
  readonly completeMs: number;
  /** A stream in which the store is waited for and no byte moves. */
  readonly stallMs: number;
  /** All of `check`, which a readiness probe waits for. */
  readonly checkMs: number;
}

export const DEFAULT_S3_TIMEOUTS: S3Timeouts = {
  connectMs: 3_000,
  answerMs: 15_000,
  callMs: 30_000,
  completeMs: 300_000,
  stallMs: 60_000,
  checkMs: 5_000,
};

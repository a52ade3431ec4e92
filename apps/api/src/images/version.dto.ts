import { type Version, VERSION_STATES, type VersionState } from '@imgsrv/catalog';
import { Matches } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsVersionName } from './field-rules.js';
import { SearchedVersionsQuery } from './list.dto.js';
import {
  toVersionMetadataResponse,
  VersionMetadataRequest,
  VersionMetadataResponse,
} from './version-metadata.dto.js';

export class CreateVersionRequest extends VersionMetadataRequest {
  /** @example "13.1" */
  @IsVersionName()
  version: string;
}

const ONE_STATE = `(?:${VERSION_STATES.join('|')})`;
const SOME_STATES = new RegExp(`^${ONE_STATE}(?:,${ONE_STATE})*$`);

export class VersionListQuery extends SearchedVersionsQuery {
  /**
   * Which states, comma-separated; callers who cannot see drafts get published versions at most.
   * @example "draft,publishing,published,withdrawn"
   */
  @MayBeAbsent()
  @Matches(SOME_STATES, { message: `$property lists some of ${VERSION_STATES.join(', ')}` })
  state?: string = 'published';
}

export function toVersionStates({ state }: VersionListQuery): VersionState[] {
  const listed = state?.split(',') ?? ['published'];
  return VERSION_STATES.filter((name) => listed.includes(name));
}

/** Why a version should not be used any more. */
export class DeprecationResponse {
  reason: string;
  /** The version of the image to use instead. */
  successor?: string;
  deprecated_at: string;
}

/** Why a version is not served any more. */
export class WithdrawalResponse {
  reason: string;
  /** Whether somebody asked for it, or the retention policy of the image. */
  by: 'request' | 'retention';
  withdrawn_at: string;
  restorable_until: string;
}

export class VersionResponse extends VersionMetadataResponse {
  id: string;
  image_id: string;
  version: string;
  state: 'draft' | 'publishing' | 'published' | 'withdrawn';
  published_at?: string;
  /** Absent unless the version is deprecated. */
  deprecation?: DeprecationResponse;
  /** Absent unless the version is withdrawn. */
  withdrawal?: WithdrawalResponse;
  created_at: string;
  updated_at: string;
}

export class VersionListResponse {
  versions: VersionResponse[];
}

export function toVersionResponse(version: Version): VersionResponse {
  return {
    id: version.id,
    image_id: version.imageId,
    version: version.version,
    state: version.state,
    ...(version.publishedAt === undefined ? {} : { published_at: version.publishedAt.toISOString() }),
    ...toDeprecation(version),
    ...toWithdrawal(version),
    ...toVersionMetadataResponse(version.metadata),
    created_at: version.createdAt.toISOString(),
    updated_at: version.updatedAt.toISOString(),
  };
}

function toDeprecation({ deprecation }: Version): Pick<VersionResponse, 'deprecation'> {
  if (deprecation === undefined) {
    return {};
  }
  const { reason, successor, deprecatedAt } = deprecation;
  return {
    deprecation: {
      reason,
      ...(successor === undefined ? {} : { successor }),
      deprecated_at: deprecatedAt.toISOString(),
    },
  };
}

function toWithdrawal({ withdrawal }: Version): Pick<VersionResponse, 'withdrawal'> {
  if (withdrawal === undefined) {
    return {};
  }
  const { reason, by, withdrawnAt, restorableUntil } = withdrawal;
  return {
    withdrawal: {
      reason,
      by,
      withdrawn_at: withdrawnAt.toISOString(),
      restorable_until: restorableUntil.toISOString(),
    },
  };
}

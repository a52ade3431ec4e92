import { type Version, VERSION_STATES, type VersionState } from '@imgsrv/catalog';
import { Matches } from 'class-validator';
import { PageQuery } from '../http/page.js';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsVersionName } from './field-rules.js';

export class CreateVersionRequest {
  /** @example "13.1" */
  @IsVersionName()
  version: string;
}

const ONE_STATE = `(?:${VERSION_STATES.join('|')})`;
const SOME_STATES = new RegExp(`^${ONE_STATE}(?:,${ONE_STATE})*$`);

export class VersionListQuery extends PageQuery {
  /**
   * Which states, comma-separated; callers who cannot see drafts get published versions at most.
   * @example "draft,publishing,published"
   */
  @MayBeAbsent()
  @Matches(SOME_STATES, { message: `$property lists some of ${VERSION_STATES.join(', ')}` })
  state?: string = 'published';
}

export function toVersionStates({ state }: VersionListQuery): VersionState[] {
  const listed = state?.split(',') ?? ['published'];
  return VERSION_STATES.filter((name) => listed.includes(name));
}

export class VersionResponse {
  id: string;
  image_id: string;
  version: string;
  state: 'draft' | 'publishing' | 'published';
  published_at?: string;
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
    created_at: version.createdAt.toISOString(),
    updated_at: version.updatedAt.toISOString(),
  };
}

import { type Version, VERSION_STATES, type VersionState } from '@imgsrv/catalog';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn } from 'class-validator';
import { PageQuery } from '../http/page.js';
import { IsVersionName, MayBeAbsent } from './field-rules.js';

export class CreateVersionRequest {
  /** @example "13.1" */
  @IsVersionName()
  version: string;
}

export class VersionListQuery extends PageQuery {
  /** Which states, comma-separated; callers who cannot see drafts get published versions at most. */
  @ApiPropertyOptional({ type: String, example: 'draft,publishing,published', default: 'published' })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @MayBeAbsent()
  @IsIn(VERSION_STATES, { each: true })
  state?: VersionState[];
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

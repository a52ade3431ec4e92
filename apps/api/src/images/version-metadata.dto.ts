import {
  areLabels,
  COMMIT,
  DAY,
  isWebUrl,
  LABEL_VALUE_MAX_LENGTH,
  LABELS_RULE,
  MAX_LABELS,
  NOTES_MAX_LENGTH,
  type VersionMetadata,
  type VersionMetadataChanges,
  type VersionSource,
  WEB_URL_MAX_LENGTH,
} from '@imgsrv/catalog';
import type { Caller } from '@imgsrv/auth';
import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, Matches, MaxLength, ValidateBy, ValidateNested } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsReadableText } from '../http/readable-text.js';

const IsNotes = () => IsReadableText({ min: 1, max: NOTES_MAX_LENGTH, isProse: true });
const IsDay = () => Matches(DAY, { message: '$property must be a day such as 2027-06-30' });
const IsWebUrl = () =>
  applyDecorators(
    MaxLength(WEB_URL_MAX_LENGTH),
    ValidateBy({
      name: 'isWebUrl',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isWebUrl(value),
        defaultMessage: () => '$property must be an http or https URL without a user name or password',
      },
    }),
  );
const AreLabels = () =>
  ValidateBy({ name: 'areLabels', validator: { validate: areLabels, defaultMessage: () => LABELS_RULE } });

const LABELS = {
  type: 'object',
  description: LABELS_RULE,
  additionalProperties: { type: 'string', maxLength: LABEL_VALUE_MAX_LENGTH },
  maxProperties: MAX_LABELS,
  example: { channel: 'stable' },
} as const;

/** What a version was made of, and where. */
export class VersionSourceRequest {
  /** @example "https://git.example/images/debian" */
  @MayBeAbsent()
  @IsWebUrl()
  repository?: string;

  /** @example "0123456789abcdef0123456789abcdef01234567" */
  @MayBeAbsent()
  @Matches(COMMIT, { message: '$property must be the name of a commit' })
  commit?: string;

  /** @example "https://git.example/images/debian/-/pipelines/42" */
  @MayBeAbsent()
  @IsWebUrl()
  pipeline_url?: string;
}

export class VersionMetadataRequest {
  /**
   * Markdown.
   * @example "Security fixes of *openssl*"
   */
  @MayBeAbsent()
  @IsNotes()
  notes?: string;

  /**
   * From then on nobody mends the version.
   * @example "2027-06-30"
   */
  @MayBeAbsent()
  @IsDay()
  end_of_life?: string;

  @ApiPropertyOptional(LABELS)
  @MayBeAbsent()
  @AreLabels()
  labels?: Record<string, string>;

  /** Absent: what the token of a job of GitHub Actions or GitLab CI says. */
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => VersionSourceRequest)
  source?: VersionSourceRequest;
}

export class ChangeVersionRequest {
  /** Markdown. `null` takes them away. */
  @ApiPropertyOptional({ type: String, nullable: true, example: 'Security fixes of *openssl*' })
  @IsOptional()
  @IsNotes()
  notes?: string | null;

  /** From then on nobody mends the version. `null` takes it away. */
  @ApiPropertyOptional({ type: String, nullable: true, example: '2027-06-30' })
  @IsOptional()
  @IsDay()
  end_of_life?: string | null;

  @ApiPropertyOptional({
    ...LABELS,
    nullable: true,
    description: `All of them. \`null\` takes them away. ${LABELS_RULE}`,
  })
  @IsOptional()
  @AreLabels()
  labels?: Record<string, string> | null;

  @ApiPropertyOptional({ type: () => VersionSourceRequest, description: 'All of it. `null` takes it away.' })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => VersionSourceRequest)
  source?: VersionSourceRequest | null;
}

/** What a version was made of, and where. */
export class VersionSourceResponse {
  repository?: string;
  commit?: string;
  pipeline_url?: string;
}

/** What its publisher says of a version. */
export class VersionMetadataResponse {
  /** Markdown, as its publisher wrote it: not to be shown as HTML. Absent in lists. */
  notes?: string;
  /** `YYYY-MM-DD`: from then on nobody mends the version. */
  end_of_life?: string;
  @ApiPropertyOptional({ type: 'object', additionalProperties: { type: 'string' } })
  labels?: Record<string, string>;
  source?: VersionSourceResponse;
}

export function toVersionMetadata(body: VersionMetadataRequest): VersionMetadata {
  return {
    ...(body.notes === undefined ? {} : { notes: body.notes }),
    ...(body.end_of_life === undefined ? {} : { endOfLife: body.end_of_life }),
    ...(body.labels === undefined ? {} : { labels: body.labels }),
    ...(body.source === undefined ? {} : { source: toSource(body.source) }),
  };
}

export function toVersionChanges(body: ChangeVersionRequest): VersionMetadataChanges {
  return {
    ...(body.notes === undefined ? {} : { notes: body.notes }),
    ...(body.end_of_life === undefined ? {} : { endOfLife: body.end_of_life }),
    ...(body.labels === undefined ? {} : { labels: body.labels }),
    ...(body.source === undefined ? {} : { source: body.source && toSource(body.source) }),
  };
}

/** What the credential of a job of a CI system says; undefined of other callers. */
export function sourceOf({ pipeline }: Caller): VersionSource | undefined {
  return (
    pipeline && {
      repository: pipeline.repositoryUrl,
      commit: pipeline.commit,
      pipelineUrl: pipeline.runUrl,
    }
  );
}

export function toVersionMetadataResponse(
  metadata: VersionMetadata,
): Pick<VersionMetadataResponse, keyof VersionMetadataResponse> {
  const { notes, endOfLife, labels, source } = metadata;
  return {
    ...(notes === undefined ? {} : { notes }),
    ...(endOfLife === undefined ? {} : { end_of_life: endOfLife }),
    ...(labels === undefined ? {} : { labels: { ...labels } }),
    ...(source === undefined ? {} : { source: toSourceResponse(source) }),
  };
}

function toSource({ repository, commit, pipeline_url }: VersionSourceRequest): VersionSource {
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    ...(pipeline_url === undefined ? {} : { pipelineUrl: pipeline_url }),
  };
}

function toSourceResponse({ repository, commit, pipelineUrl }: VersionSource): VersionSourceResponse {
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    ...(pipelineUrl === undefined ? {} : { pipeline_url: pipelineUrl }),
  };
}

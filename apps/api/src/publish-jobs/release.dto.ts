import {
  ALIAS_NAME,
  MAX_ALIASES_PER_RELEASE,
  MAX_ARTIFACTS_PER_VERSION,
  MAX_ATTACHMENTS_PER_ARTIFACT,
  type NewRelease,
  VISIBILITIES,
  type Visibility,
} from '@imgsrv/catalog';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsObject,
  Matches,
  ValidateNested,
} from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { CreateArtifactRequest, toNewArtifact } from '../images/artifact.dto.js';
import { CreateAttachmentRequest, toNewAttachment } from '../images/attachment.dto.js';
import { toVersionMetadata, VersionMetadataRequest } from '../images/version-metadata.dto.js';

export class ReleaseArtifactRequest extends CreateArtifactRequest {
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_ATTACHMENTS_PER_ARTIFACT)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => CreateAttachmentRequest)
  attachments?: CreateAttachmentRequest[] = [];
}

export class ReleaseRequest {
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ARTIFACTS_PER_VERSION)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => ReleaseArtifactRequest)
  artifacts: ReleaseArtifactRequest[];

  /**
   * What is to name the version from the moment on in which it is published.
   * @example ["latest"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(MAX_ALIASES_PER_RELEASE)
  @Matches(ALIAS_NAME.pattern, { each: true, message: `each of $property: ${ALIAS_NAME.refusal}` })
  aliases?: string[] = [];

  /** What is said of the version. */
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => VersionMetadataRequest)
  metadata?: VersionMetadataRequest;

  /**
   * Who may see the image, if the release makes it; one that is there keeps its own. What `--default-visibility` says when absent.
   * @example "private"
   */
  @MayBeAbsent()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;
}

export function toNewRelease({ artifacts, aliases, metadata, visibility }: ReleaseRequest): NewRelease {
  return {
    artifacts: artifacts.map((artifact) => ({
      ...toNewArtifact(artifact),
      attachments: (artifact.attachments ?? []).map(toNewAttachment),
    })),
    aliases: aliases ?? [],
    ...(metadata === undefined ? {} : { metadata: toVersionMetadata(metadata) }),
    ...(visibility === undefined ? {} : { visibility }),
  };
}

import {
  type ArtifactMetadata,
  type ArtifactMetadataChanges,
  FIRMWARES,
  type Firmware,
  MAX_DECLARED_SIZE_BYTES,
  USER_NAME,
} from '@imgsrv/catalog';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsObject, IsOptional, Matches, ValidateNested } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { IsSizeBytes, IsVersionName } from './field-rules.js';
import {
  IncusDescriptionRequest,
  IncusDescriptionResponse,
  toImageDescription,
  toIncusDescriptionResponse,
} from './incus-description.dto.js';

const IsUserName = () => Matches(USER_NAME, { message: '$property must be the name of a user' });
const SIZE = { type: 'integer', minimum: 0, maximum: MAX_DECLARED_SIZE_BYTES, nullable: true } as const;

export class ArtifactMetadataRequest {
  /**
   * Who logs in first.
   * @example "debian"
   */
  @MayBeAbsent()
  @IsUserName()
  default_user?: string;

  /** @example 2147483648 */
  @MayBeAbsent()
  @IsSizeBytes()
  min_disk_bytes?: number;

  /** @example 536870912 */
  @MayBeAbsent()
  @IsSizeBytes()
  min_memory_bytes?: number;

  /**
   * What a virtual machine boots with.
   * @example "uefi"
   */
  @MayBeAbsent()
  @IsIn(FIRMWARES)
  firmware?: Firmware;

  /**
   * Whether it boots where only signed systems do.
   * @example true
   */
  @MayBeAbsent()
  @IsBoolean()
  secure_boot?: boolean;

  /**
   * Whether cloud-init sets it up at its first start.
   * @example true
   */
  @MayBeAbsent()
  @IsBoolean()
  cloud_init?: boolean;

  /** Of which the publish makes `incus.tar.xz` and `lxd.tar.xz`; instead of attaching them. */
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => IncusDescriptionRequest)
  incus?: IncusDescriptionRequest;

  /**
   * Of `squashfs` and `qcow2`: the version of this image, such as `12.1`, of which the publish makes a delta, if it can; instead
   * of attaching one. It has to be published when this version is.
   */
  @MayBeAbsent()
  @IsVersionName()
  delta_from?: string;
}

/** `null` takes a member away. */
export class ChangeArtifactRequest {
  @ApiPropertyOptional({ type: String, nullable: true, example: 'debian' })
  @IsOptional()
  @IsUserName()
  default_user?: string | null;

  @ApiPropertyOptional({ ...SIZE, example: 2147483648 })
  @IsOptional()
  @IsSizeBytes()
  min_disk_bytes?: number | null;

  @ApiPropertyOptional({ ...SIZE, example: 536870912 })
  @IsOptional()
  @IsSizeBytes()
  min_memory_bytes?: number | null;

  @ApiPropertyOptional({ type: String, enum: FIRMWARES, nullable: true, example: 'uefi' })
  @IsOptional()
  @IsIn(FIRMWARES)
  firmware?: Firmware | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, example: true })
  @IsOptional()
  @IsBoolean()
  secure_boot?: boolean | null;

  @ApiPropertyOptional({ type: Boolean, nullable: true, example: true })
  @IsOptional()
  @IsBoolean()
  cloud_init?: boolean | null;

  @ApiPropertyOptional({
    type: () => IncusDescriptionRequest,
    nullable: true,
    description: 'All of it. `null` takes it away.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => IncusDescriptionRequest)
  incus?: IncusDescriptionRequest | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: '12.1' })
  @IsOptional()
  @IsVersionName()
  delta_from?: string | null;
}

/** What whoever starts an artifact should know, as its publisher says it. */
export class ArtifactMetadataResponse {
  /** Who logs in first. */
  default_user?: string;
  min_disk_bytes?: number;
  min_memory_bytes?: number;
  /** What a virtual machine boots with. */
  firmware?: 'uefi' | 'bios';
  /** Whether it boots where only signed systems do. */
  secure_boot?: boolean;
  /** Whether cloud-init sets it up at its first start. */
  cloud_init?: boolean;
  incus?: IncusDescriptionResponse;
  /** The version of which the publish makes a delta, if it can. */
  delta_from?: string;
}

export function toArtifactMetadata(body: ArtifactMetadataRequest): ArtifactMetadata;
/** Here null takes a member away. */
export function toArtifactMetadata(body: ChangeArtifactRequest): ArtifactMetadataChanges;
export function toArtifactMetadata(
  body: ArtifactMetadataRequest | ChangeArtifactRequest,
): ArtifactMetadataChanges {
  return {
    ...(body.default_user === undefined ? {} : { defaultUser: body.default_user }),
    ...(body.min_disk_bytes === undefined ? {} : { minDiskBytes: body.min_disk_bytes }),
    ...(body.min_memory_bytes === undefined ? {} : { minMemoryBytes: body.min_memory_bytes }),
    ...(body.firmware === undefined ? {} : { firmware: body.firmware }),
    ...(body.secure_boot === undefined ? {} : { secureBoot: body.secure_boot }),
    ...(body.cloud_init === undefined ? {} : { cloudInit: body.cloud_init }),
    ...(body.incus === undefined ? {} : { incus: body.incus && toImageDescription(body.incus) }),
    ...(body.delta_from === undefined ? {} : { deltaFrom: body.delta_from }),
  };
}

export function toArtifactMetadataResponse(
  metadata: ArtifactMetadata,
): Pick<ArtifactMetadataResponse, keyof ArtifactMetadataResponse> {
  const { defaultUser, minDiskBytes, minMemoryBytes, firmware, secureBoot, cloudInit, incus, deltaFrom } =
    metadata;
  return {
    ...(defaultUser === undefined ? {} : { default_user: defaultUser }),
    ...(minDiskBytes === undefined ? {} : { min_disk_bytes: minDiskBytes }),
    ...(minMemoryBytes === undefined ? {} : { min_memory_bytes: minMemoryBytes }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(secureBoot === undefined ? {} : { secure_boot: secureBoot }),
    ...(cloudInit === undefined ? {} : { cloud_init: cloudInit }),
    ...(incus === undefined ? {} : { incus: toIncusDescriptionResponse(incus) }),
    ...(deltaFrom === undefined ? {} : { delta_from: deltaFrom }),
  };
}

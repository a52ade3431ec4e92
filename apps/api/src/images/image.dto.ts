import {
  DESCRIPTION_MAX_LENGTH,
  DISPLAY_NAME_MAX_LENGTH,
  type Image,
  VISIBILITIES,
  type Visibility,
} from '@imgsrv/catalog';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { MayBeAbsent, MayBeUnchanged } from '../http/may-be-absent.js';
import { IsDescription, IsDisplayName, IsImageName } from './field-rules.js';

export class CreateImageRequest {
  /** @example "debian" */
  @IsImageName()
  name: string;

  /** @example "Debian GNU/Linux" */
  @MayBeAbsent()
  @IsDisplayName()
  display_name?: string;

  /** @example "The universal operating system" */
  @MayBeAbsent()
  @IsDescription()
  description?: string;

  /**
   * Who may see what is published of it: everybody, whoever has a valid credential, or those with a grant for it. What
   * `--default-visibility` says when absent.
   * @example "public"
   */
  @MayBeAbsent()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;
}

export class ChangeImageRequest {
  /** `null` takes the name away. */
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: DISPLAY_NAME_MAX_LENGTH,
    example: 'Debian GNU/Linux',
  })
  @IsOptional()
  @IsDisplayName()
  display_name?: string | null;

  /** `null` takes the description away. */
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    maxLength: DESCRIPTION_MAX_LENGTH,
    example: 'The universal operating system',
  })
  @IsOptional()
  @IsDescription()
  description?: string | null;

  /**
   * Who may see what is published of it.
   * @example "private"
   */
  @MayBeUnchanged()
  @IsIn(VISIBILITIES)
  visibility?: Visibility;
}

export class ImageResponse {
  id: string;
  name: string;
  display_name?: string;
  description?: string;
  visibility: Visibility;
  created_at: string;
  updated_at: string;
}

export class ImageListResponse {
  images: ImageResponse[];
}

export function toImageResponse(image: Image): ImageResponse {
  return {
    id: image.id,
    name: image.name,
    ...(image.displayName === undefined ? {} : { display_name: image.displayName }),
    ...(image.description === undefined ? {} : { description: image.description }),
    visibility: image.visibility,
    created_at: image.createdAt.toISOString(),
    updated_at: image.updatedAt.toISOString(),
  };
}

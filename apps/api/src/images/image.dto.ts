import { DESCRIPTION_MAX_LENGTH, DISPLAY_NAME_MAX_LENGTH, type Image } from '@imgsrv/catalog';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
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
}

export class ImageResponse {
  id: string;
  name: string;
  display_name?: string;
  description?: string;
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
    created_at: image.createdAt.toISOString(),
    updated_at: image.updatedAt.toISOString(),
  };
}

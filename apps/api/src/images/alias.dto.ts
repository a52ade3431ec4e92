import type { Alias } from '@imgsrv/catalog';
import { IsVersionName } from './field-rules.js';

export class PutAliasRequest {
  /**
   * A published version of the image.
   * @example "13.1"
   */
  @IsVersionName()
  version: string;
}

export class AliasResponse {
  id: string;
  image_id: string;
  alias: string;
  version_id: string;
  version: string;
  created_at: string;
  updated_at: string;
}

export class AliasListResponse {
  aliases: AliasResponse[];
}

export function toAliasResponse(alias: Alias): AliasResponse {
  return {
    id: alias.id,
    image_id: alias.imageId,
    alias: alias.alias,
    version_id: alias.versionId,
    version: alias.version,
    created_at: alias.createdAt.toISOString(),
    updated_at: alias.updatedAt.toISOString(),
  };
}

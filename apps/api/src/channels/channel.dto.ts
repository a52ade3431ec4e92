import type { Channel, SavedChannel } from '@imgsrv/catalog';
import { IsImagePatterns } from '../auth/image-patterns.dto.js';
import { IsAliasName } from '../images/field-rules.js';

export class PutChannelRequest {
  /**
   * The images that it shows: exact names, or beginnings such as `debian-*`.
   * @example ["debian", "ubuntu-*"]
   */
  @IsImagePatterns()
  image_patterns: string[];

  /**
   * Of each image the version that this alias names is shown; images without it are not.
   * @example "stable"
   */
  @IsAliasName()
  alias: string;
}

export class ChannelResponse {
  name: string;
  image_patterns: string[];
  alias: string;
  created_at: string;
  updated_at: string;
}

export class SavedChannelResponse extends ChannelResponse {
  /** How many images it shows now. */
  shown: number;
  /** Why it may be a mistake; it is saved all the same. */
  warnings: string[];
}

export class ChannelListResponse {
  channels: ChannelResponse[];
}

export function toChannelResponse(channel: Channel): ChannelResponse {
  return fieldsOf(channel);
}

function fieldsOf(channel: Channel) {
  return {
    name: channel.name,
    image_patterns: [...channel.imagePatterns],
    alias: channel.alias,
    created_at: channel.createdAt.toISOString(),
    updated_at: channel.updatedAt.toISOString(),
  };
}

export function toSavedChannelResponse({ channel, images, shown }: SavedChannel): SavedChannelResponse {
  return { ...fieldsOf(channel), shown, warnings: warningsOf(channel, images, shown) };
}

function warningsOf({ alias }: Channel, images: number, shown: number): string[] {
  if (images === 0) {
    return ['The patterns name no published image: the channel is empty until there is one.'];
  }
  return shown === 0
    ? [`None of the ${images} images has the alias ${alias}: the channel is empty until one has.`]
    : [];
}

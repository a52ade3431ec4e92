import {
  type Audience,
  type Channel,
  ChannelNotFoundError,
  type ChannelName,
  isOneOf,
  isSeenBy,
} from '@imgsrv/catalog';
import { unlistedVersions } from './unlisted-versions.js';
import type { ShownImage } from '../rendering/incremental/incremental-products.js';
import type { ImageRows } from '../rows/image-rows.js';

/**
 * A choice out of the rows of the catalogue that becomes documents of its own. All views of a process share the rows; each
 * keeps what it made of them.
 */
export interface StreamsView {
  /** Equal for views that show the same. */
  readonly key: string;
  /** Undefined for an image of which nothing is shown. Pure: the same rows give the same. */
  readonly select: (rows: ImageRows) => ShownImage | undefined;
}

/** What is in the catalogue beside images. */
export interface ViewSources {
  readonly channels: ReadonlyMap<string, Channel>;
}

/** Says which view to show of a catalogue; throws when there is none. One with another key than before is made anew. */
export type FindView = (sources: ViewSources) => StreamsView;

/**
 * Everything that an audience may see. With `visibleVersions`, only so many of the newest versions of an image are listed, and
 * those that an alias names; 0 is all.
 */
export function audienceView(audience: Audience, visibleVersions = 0): FindView {
  const view: StreamsView = {
    key: audience.join(' '),
    select: (rows) =>
      isSeenBy(audience, rows) ? { ...rows, ...unlistedVersions(rows, visibleVersions) } : undefined,
  };
  return () => view;
}

/**
 * Of each image that a channel is for and the audience sees, the version that the alias of the channel names. The bare name of
 * an image is that of what is shown of it, wherever `latest` is. Throws ChannelNotFoundError.
 */
export function channelView(name: ChannelName, audience: Audience): FindView {
  return ({ channels }) => {
    const channel = channels.get(name);
    if (channel === undefined) throw new ChannelNotFoundError();
    const { imagePatterns, alias } = channel;
    return {
      key: JSON.stringify([imagePatterns, alias]),
      select: (rows) =>
        isOneOf(rows.image, imagePatterns) && isSeenBy(audience, rows) ? onlyNamed(rows, alias) : undefined,
    };
  };
}

function onlyNamed(rows: ImageRows, alias: string): ShownImage | undefined {
  const shown = rows.aliases.find((candidate) => candidate.alias === alias)?.versionId;
  const published = rows.published.filter(({ versionId }) => versionId === shown);
  return published.length === 0
    ? undefined
    : {
        published,
        withdrawn: [],
        aliases: rows.aliases.filter(({ versionId }) => versionId === shown),
      };
}

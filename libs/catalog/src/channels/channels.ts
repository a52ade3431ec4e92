import {
  type ChangeRecorder,
  type Connection,
  type Database,
  decodeCursor,
  encodeCursor,
  lockName,
  type Page,
  type PageRequest,
  toPage,
} from '@imgsrv/platform';
import { CatalogLimitError, ChannelNotFoundError } from '../catalog.errors.js';
import { ALIAS_NAME, CHANNEL_NAME, type ChannelName } from '../names/names.js';
import { refuseArchitectureName } from '../names/reserved-names.js';
import { channelResource } from '../resources.js';
import { audienceOf, seesDrafts, type Viewer } from '../visibility.js';
import { type Channel, MAX_CHANNELS, type SavedChannel } from './channel.js';
import {
  countChannels,
  countShown,
  deleteChannel,
  findChannel,
  findSeenNames,
  listChannels,
  putChannel,
} from './channel.repository.js';

/** Called with the patterns of a channel that is about to change; throws when the caller may not change it. */
export type AuthorizePatterns = (imagePatterns: readonly string[]) => void;

/** Views of the catalogue that anyone may follow. They are few, so that each change waits for the one before. */
export class Channels {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /** By name. Of names in patterns it tells those of images that the viewer sees. */
  async list(page: PageRequest, viewer: Viewer): Promise<Page<Channel>> {
    const [after] = decodeCursor(page.cursor, [CHANNEL_NAME.pattern]);
    const channels = await this.database.use(async (connection) =>
      asSeenBy(connection, viewer, await listChannels(connection, page.limit + 1, after)),
    );
    return toPage(
      channels,
      page.limit,
      (channel) => channel,
      ({ name }) => encodeCursor([name]),
    );
  }

  /** As `list`. Throws ChannelNotFoundError. */
  async get(name: string, viewer: Viewer): Promise<Channel> {
    const channelName = CHANNEL_NAME.parse(name);
    return this.database.use(async (connection) => {
      const channel = await getChannel(connection, channelName);
      const [seen = channel] = await asSeenBy(connection, viewer, [channel]);
      return seen;
    });
  }

  /** Makes the channel or replaces all of it. Safe to repeat. Throws CatalogLimitError. */
  async put(
    name: string,
    { imagePatterns, alias }: { readonly imagePatterns: readonly string[]; readonly alias: string },
    authorize: AuthorizePatterns,
  ): Promise<SavedChannel> {
    const channelName = CHANNEL_NAME.parse(name);
    const aliasName = ALIAS_NAME.parse(alias);
    refuseArchitectureName(channelName, 'the name of a channel');
    return this.database.transaction(async (tx) => {
      await lockName(tx, 'channels', '');
      const before = await findChannel(tx, channelName);
      authorize([...imagePatterns, ...(before?.imagePatterns ?? [])]);
      if (before === undefined && (await countChannels(tx)) >= MAX_CHANNELS) {
        throw new CatalogLimitError('channels', MAX_CHANNELS);
      }
      const channel = await putChannel(tx, {
        name: channelName,
        imagePatterns: [...new Set(imagePatterns)],
        alias: aliasName,
      });
      await this.changes.record(tx, {
        action: 'channel.set',
        resource: channelResource(channelName),
        ...(before === undefined ? {} : { before: stateOf(before) }),
        after: stateOf(channel),
      });
      return { channel, ...(await countShown(tx, channel)) };
    });
  }

  /** What it showed stays where it is. Throws ChannelNotFoundError. */
  async delete(name: string, authorize: AuthorizePatterns): Promise<void> {
    const channelName = CHANNEL_NAME.parse(name);
    await this.database.transaction(async (tx) => {
      await lockName(tx, 'channels', '');
      const before = await getChannel(tx, channelName);
      authorize(before.imagePatterns);
      await deleteChannel(tx, channelName);
      await this.changes.record(tx, {
        action: 'channel.delete',
        resource: channelResource(channelName),
        before: stateOf(before),
      });
    });
  }
}

/** Throws ChannelNotFoundError. */
async function getChannel(connection: Connection, name: ChannelName): Promise<Channel> {
  const channel = await findChannel(connection, name);
  if (channel === undefined) {
    throw new ChannelNotFoundError();
  }
  return channel;
}

/** A pattern that is a name would tell of an image that the viewer may not know of. */
async function asSeenBy(
  connection: Connection,
  viewer: Viewer,
  channels: readonly Channel[],
): Promise<readonly Channel[]> {
  const isTold = (pattern: string): boolean => pattern.endsWith('*') || seesDrafts(viewer, pattern);
  const names = channels.flatMap(({ imagePatterns }) => imagePatterns.filter((each) => !isTold(each)));
  const seen = await findSeenNames(connection, names, audienceOf(viewer));
  return channels.map((channel) => ({
    ...channel,
    imagePatterns: channel.imagePatterns.filter((each) => isTold(each) || seen.has(each)),
  }));
}

function stateOf({ imagePatterns, alias }: Channel): Record<string, unknown> {
  return { image_patterns: imagePatterns, alias };
}

/** All that there are. */
export function allChannels(connection: Connection): Promise<Channel[]> {
  return listChannels(connection, MAX_CHANNELS);
}

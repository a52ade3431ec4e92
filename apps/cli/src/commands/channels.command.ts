import { listAll } from '@imgsrv/client';
import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { table } from '../output/table.js';
import { timeText } from '../output/units.js';
import type { Session } from '../session.js';

/** `imgsrv channels`. */
export function channelsCommand(commands: CommandMaker): Command {
  return commands
    .make('channels', 'list, set and remove channels: remotes that show one alias of some images')
    .addCommand(commands.make('ls', 'list the channels', ['imgsrv channels ls']).action(commands.run(list)))
    .addCommand(
      commands
        .make('set', 'make a channel, or replace it; Incus follows it at URL/c/CHANNEL', [
          "imgsrv channels set production stable debian 'ubuntu-*'",
        ])
        .argument('<channel>')
        .argument('<alias>', 'of each image the version that this names is shown')
        .argument('<image...>', "image names, or beginnings such as 'debian-*'")
        .action(
          commands.run((session, _options, channel: string, alias: string, images: string[]) =>
            set(session, channel, alias, images),
          ),
        ),
    )
    .addCommand(
      commands
        .make('rm', 'remove a channel; what it shows stays', ['imgsrv channels rm production'])
        .argument('<channel>')
        .action(commands.run((session, _options, channel: string) => remove(session, channel))),
    );
}

async function list(session: Session): Promise<void> {
  const client = await session.client();
  const channels = await listAll(client, '/v1/channels', 'channels', { signal: session.signal });
  session.show({ channels }, () =>
    table(
      ['CHANNEL', 'ALIAS', 'IMAGES', 'CHANGED'],
      channels.map((each) => [
        each.name,
        each.alias,
        each.image_patterns.join(' '),
        timeText(each.updated_at),
      ]),
    ),
  );
}

async function set(session: Session, channel: string, alias: string, images: string[]): Promise<void> {
  const client = await session.client();
  const saved = await client.call('put', '/v1/channels/{channel}', {
    path: { channel },
    body: { alias, image_patterns: images },
    signal: session.signal,
  });
  session.show(saved, () =>
    [
      `${saved.name} shows ${saved.alias} of ${saved.shown === 1 ? '1 image' : `${saved.shown} images`}.`,
      ...saved.warnings,
    ].join('\n'),
  );
}

async function remove(session: Session, channel: string): Promise<void> {
  const client = await session.client();
  await client.call('delete', '/v1/channels/{channel}', { path: { channel }, signal: session.signal });
  session.show({ channel, removed: true }, () => `${channel} is removed.`);
}

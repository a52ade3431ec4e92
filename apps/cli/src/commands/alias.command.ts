import { listAll } from '@imgsrv/client';
import type { Command } from 'commander';
import { setAlias } from '../aliases/set-alias.js';
import type { CommandMaker } from '../command.js';
import { readFullRef, readImage } from '../image-ref.js';
import { table } from '../output/table.js';
import { timeText } from '../output/units.js';
import type { Session } from '../session.js';

/** `imgsrv alias`. */
export function aliasCommand(commands: CommandMaker): Command {
  return commands
    .make('alias', 'list, set and remove the aliases of an image')
    .addCommand(
      commands
        .make('ls', 'list the aliases of an image', ['imgsrv alias ls debian'])
        .argument('<image>')
        .action(commands.run(list)),
    )
    .addCommand(
      commands
        .make('set', 'let an alias name a published version, unless somebody moves it meanwhile', [
          'imgsrv alias set debian:latest 13.2',
        ])
        .argument('<image:alias>')
        .argument('<version>')
        .action(
          commands.run((session, _options, target: string, version: string) =>
            setAlias(session, readFullRef(target), version),
          ),
        ),
    )
    .addCommand(
      commands
        .make('rm', 'remove an alias; the version stays', ['imgsrv alias rm debian:testing'])
        .argument('<image:alias>')
        .action(commands.run((session, _options, target: string) => remove(session, target))),
    );
}

async function list(session: Session, _options: unknown, text: string): Promise<void> {
  const client = await session.client();
  const aliases = await listAll(client, '/v1/images/{name}/aliases', 'aliases', {
    path: { name: readImage(text) },
    signal: session.signal,
  });
  session.show({ aliases }, () =>
    table(
      ['ALIAS', 'VERSION', 'MOVED'],
      aliases.map(({ alias, version, updated_at }) => [alias, version, timeText(updated_at)]),
    ),
  );
}

async function remove(session: Session, target: string): Promise<void> {
  const { image: name, ref: alias } = readFullRef(target);
  const client = await session.client();
  await client.call('delete', '/v1/images/{name}/aliases/{alias}', {
    path: { name, alias },
    signal: session.signal,
  });
  session.show({ image: name, alias, removed: true }, () => `${name}:${alias} is removed.`);
}

import { isProblem, listAll } from '@imgsrv/client';
import type { Command } from 'commander';
import { describeMove, setAlias } from '../aliases/set-alias.js';
import type { CommandMaker } from '../command.js';
import { findManifest, readFullRef, readImage } from '../image-ref.js';
import { table } from '../output/table.js';
import { timeText } from '../output/units.js';
import type { Session } from '../session.js';

/** `imgsrv promote`. */
export function promoteCommand(commands: CommandMaker): Command {
  return commands
    .make('promote', 'let an alias name what another alias names now', [
      'imgsrv promote debian:testing stable',
    ])
    .argument('<image:ref>', 'a version or an alias')
    .argument('<alias>', 'what is to name the same version')
    .action(
      commands.run((session, _options, source: string, alias: string) => promote(session, source, alias)),
    );
}

/** `imgsrv promotions`. */
export function promotionsCommand(commands: CommandMaker): Command {
  return commands
    .make('promotions', 'list what was promoted, and take a promotion back')
    .addCommand(
      commands
        .make('ls', 'list the promotions of an image, newest first', ['imgsrv promotions ls debian'])
        .argument('<image>')
        .action(commands.run(listPromotions)),
    )
    .addCommand(
      commands
        .make('revert', 'put the alias back to where it was, unless it was moved since', [
          'imgsrv promotions revert debian 7c1f3d2e-9a04-4c5b-8f61-2d7e5b9a1c33',
        ])
        .argument('<image>')
        .argument('<id>')
        .action(commands.run((session, _options, image: string, id: string) => revert(session, image, id))),
    );
}

/** A ref that is no alias is a version. */
async function promote(session: Session, source: string, alias: string): Promise<void> {
  const { image, ref } = readFullRef(source);
  const client = await session.client();
  try {
    const made = await client.call('post', '/v1/images/{name}/promotions', {
      path: { name: image },
      body: { from_alias: ref, to_alias: alias },
      signal: session.signal,
    });
    session.show(made, () => describeMove(image, made));
  } catch (error) {
    if (isProblem(error, 'alias-not-found') || isProblem(error, 'nothing-to-promote')) {
      const { version } = await findManifest(client, { image, ref }, session.signal);
      await setAlias(session, { image, ref: alias }, version.version);
      return;
    }
    throw error;
  }
}

async function listPromotions(session: Session, _options: unknown, image: string): Promise<void> {
  const promotions = await listAll(await session.client(), '/v1/images/{name}/promotions', 'promotions', {
    path: { name: readImage(image) },
    signal: session.signal,
  });
  session.show({ promotions }, () =>
    table(
      ['ID', 'WHEN', 'ALIAS', 'FROM', 'VERSION', 'BEFORE', 'REVERTED'],
      promotions.map((each) => [
        each.id,
        timeText(each.promoted_at),
        each.to_alias,
        each.from_alias ?? 'a revert',
        each.version,
        each.previous_version,
        each.reverted_by === undefined ? undefined : 'yes',
      ]),
    ),
  );
}

async function revert(session: Session, image: string, id: string): Promise<void> {
  const name = readImage(image);
  const client = await session.client();
  const made = await client.call('post', '/v1/images/{name}/promotions/{promotion_id}/revert', {
    path: { name, promotion_id: id },
    signal: session.signal,
  });
  session.show(made, () => describeMove(name, made));
}

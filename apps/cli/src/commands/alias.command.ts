import { isProblem, listAll, type Schemas } from '@imgsrv/client';
import type { Command } from 'commander';
import { moveAlias } from '../aliases/move-alias.js';
import type { CommandMaker } from '../command.js';
import { findManifest, readFullRef, readImage } from '../image-ref.js';
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
          commands.run((session, _options, target: string, version: string) => set(session, target, version)),
        ),
    )
    .addCommand(
      commands
        .make('rm', 'remove an alias; the version stays', ['imgsrv alias rm debian:testing'])
        .argument('<image:alias>')
        .action(commands.run((session, _options, target: string) => remove(session, target))),
    );
}

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
    session.show(made, () => describePromotion(image, made));
  } catch (error) {
    if (isProblem(error, 'alias-not-found') || isProblem(error, 'nothing-to-promote')) {
      const { version } = await findManifest(client, { image, ref }, session.signal);
      await set(session, `${image}:${alias}`, version.version);
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
  session.show(made, () => describePromotion(name, made));
}

function describePromotion(
  image: string,
  { to_alias: alias, version, previous_version: before }: Schemas['PromotionResponse'],
): string {
  const was = before === undefined ? '' : `; it was ${before}`;
  return version === undefined
    ? `${image}:${alias} is removed${was}.`
    : `${image}:${alias} is ${version}${was}.`;
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

async function set(session: Session, target: string, version: string): Promise<void> {
  const { image, ref: alias } = readFullRef(target);
  const move = await moveAlias(await session.client(), { image, alias, version }, session.signal);
  session.show({ ...move.alias, previous_version: move.before }, () =>
    move.before === undefined || move.before === version
      ? `${image}:${alias} is ${version}.`
      : `${image}:${alias} is ${version}; it was ${move.before}.`,
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

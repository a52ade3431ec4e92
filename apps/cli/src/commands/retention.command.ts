import { listAll, type Schemas } from '@imgsrv/client';
import type { Command } from 'commander';
import { usageError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { readImage } from '../image-ref.js';
import { facts, table } from '../output/table.js';
import { readCount, timeText } from '../output/units.js';

interface SetOptions {
  readonly keepNewest?: string;
  readonly keepYoungerThan?: string;
  readonly aliased: boolean;
}

/** `imgsrv retention`. */
export function retentionCommand(commands: CommandMaker): Command {
  const path = (text: string): { readonly path: { readonly name: string } } => ({
    path: { name: readImage(text) },
  });
  return commands
    .make('retention', 'say which versions of an image are kept; the others are withdrawn')
    .addCommand(
      commands
        .make('show', 'show the policy of an image', ['imgsrv retention show debian'])
        .argument('<image>')
        .action(
          commands.run(async (session, _options, image: string) => {
            const client = await session.client();
            const policy = await client.call('get', '/v1/images/{name}/retention', {
              ...path(image),
              signal: session.signal,
            });
            session.show(policy, () => describe(policy));
          }),
        ),
    )
    .addCommand(
      commands
        .make('set', 'set the policy of an image; a version stays when one of the rules keeps it', [
          'imgsrv retention set debian --keep-newest 5 --keep-younger-than 90d',
        ])
        .argument('<image>')
        .option('--keep-newest <count>', 'so many of the newest')
        .option('--keep-younger-than <duration>', 'those published less long ago, such as 90d')
        .option('--no-aliased', 'also withdraw what an alias names')
        .action(
          commands.run(
            async (session, { keepNewest, keepYoungerThan, aliased }: SetOptions, image: string) => {
              if (keepNewest === undefined && keepYoungerThan === undefined) {
                throw usageError(
                  'Which versions are to be kept?',
                  'Give --keep-newest, --keep-younger-than, or both.',
                );
              }
              const body = {
                ...(keepNewest === undefined ? {} : { keep_newest: readCount(keepNewest, '--keep-newest') }),
                ...(keepYoungerThan === undefined ? {} : { keep_younger_than: keepYoungerThan }),
                keep_aliased: aliased,
              };
              const client = await session.client();
              const policy = await client.call('put', '/v1/images/{name}/retention', {
                ...path(image),
                body,
                signal: session.signal,
              });
              session.show(
                policy,
                () => `${describe(policy)}\nimgsrv retention preview ${image} shows what this withdraws.`,
              );
            },
          ),
        ),
    )
    .addCommand(
      commands
        .make('rm', 'remove the policy of an image; the default of the server goes for it', [
          'imgsrv retention rm debian',
        ])
        .argument('<image>')
        .action(
          commands.run(async (session, _options, image: string) => {
            const client = await session.client();
            await client.call('delete', '/v1/images/{name}/retention', {
              ...path(image),
              signal: session.signal,
            });
            session.show({ image, removed: true }, () => `${image} has no policy of its own any more.`);
          }),
        ),
    )
    .addCommand(
      commands
        .make('preview', 'show for each version what the policy would do now, and why', [
          'imgsrv retention preview debian',
        ])
        .argument('<image>')
        .action(
          commands.run(async (session, _options, image: string) => {
            const client = await session.client();
            const versions = await listAll(client, '/v1/images/{name}/retention/preview', 'versions', {
              ...path(image),
              signal: session.signal,
            });
            session.show({ versions }, () =>
              table(
                ['VERSION', 'PUBLISHED', 'ACTION', 'REASON'],
                versions.map(({ version, published_at, action, reason }) => [
                  version,
                  timeText(published_at),
                  action,
                  reason,
                ]),
              ),
            );
          }),
        ),
    );
}

function describe({
  keep_newest,
  keep_younger_than,
  keep_aliased,
  source,
}: Schemas['RetentionResponse']): string {
  return facts([
    ['keeps the newest', keep_newest?.toString()],
    ['keeps younger than', keep_younger_than],
    ['keeps aliased', keep_aliased ? 'yes' : 'no'],
    ['policy of', source === 'image' ? 'the image' : 'the server'],
  ]);
}

import { type ImgsrvClient, listAll } from '@imgsrv/client';
import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { readImage } from '../image-ref.js';
import { table } from '../output/table.js';
import { timeText } from '../output/units.js';
import type { Session } from '../session.js';

/** `imgsrv ls`. */
export function lsCommand(commands: CommandMaker): Command {
  return commands
    .make('ls', 'list the images, or the versions of an image', [
      'imgsrv ls',
      'imgsrv ls debian',
      "imgsrv ls debian --json | jq -r '.versions[0].version'",
    ])
    .argument('[image]')
    .option('--all', 'drafts and withdrawn versions, too (for publishers)')
    .action(
      commands.run(async (session, options: { readonly all?: boolean }, image?: string) => {
        const client = await session.client();
        await (image === undefined
          ? listImages(client, session)
          : listVersions(client, session, readImage(image), options.all));
      }),
    );
}

async function listImages(client: ImgsrvClient, session: Session): Promise<void> {
  const images = await listAll(client, '/v1/images', 'images', { signal: session.signal });
  session.show({ images }, () =>
    images.length === 0
      ? 'Nothing is published.'
      : table(
          ['IMAGE', 'VISIBILITY', 'CHANGED', 'NAME'],
          images.map(({ name, visibility, updated_at, display_name }) => [
            name,
            visibility,
            timeText(updated_at),
            display_name,
          ]),
        ),
  );
}

async function listVersions(
  client: ImgsrvClient,
  session: Session,
  name: string,
  all = false,
): Promise<void> {
  const { signal } = session;
  const query = all ? { state: 'draft,publishing,published,withdrawn' } : {};
  const [versions, aliases] = await Promise.all([
    listAll(client, '/v1/images/{name}/versions', 'versions', { path: { name }, query, signal }),
    listAll(client, '/v1/images/{name}/aliases', 'aliases', { path: { name }, signal }),
  ]);
  session.show({ versions, aliases }, () =>
    table(
      ['VERSION', 'STATE', 'PUBLISHED', 'ALIASES'],
      versions.map(({ version, state, published_at, deprecation }) => [
        version,
        deprecation === undefined ? state : `${state}, deprecated`,
        timeText(published_at),
        aliases
          .filter((alias) => alias.version === version)
          .map(({ alias }) => alias)
          .join(', '),
      ]),
    ),
  );
}

import { type ImgsrvClient, listAll } from '@imgsrv/client';
import { type Command, Option } from 'commander';
import { usageError } from '../cli.errors.js';
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
      'imgsrv ls --arch riscv64 --format qcow2 --sort newest',
      'imgsrv ls debian',
      "imgsrv ls debian --json | jq -r '.versions[0].version'",
    ])
    .argument('[image]')
    .option('--all', 'drafts and withdrawn versions, too (for publishers)')
    .option('--q <words>', 'images that have each of these words in their name or texts')
    .option('--os <os>', 'what has an artifact for this operating system')
    .option('--arch <architecture>', 'what has an artifact for this architecture')
    .option('--format <format>', 'what has an artifact of this format')
    .option('--label <key=value>', 'what has a version with this label')
    .addOption(
      new Option('--visibility <visibility>', 'images of this visibility').choices([
        'public',
        'internal',
        'private',
      ]),
    )
    .addOption(new Option('--sort <order>', 'the order').choices(['name', 'newest']))
    .action(
      commands.run(async (session, options: LsOptions, image?: string) => {
        if (image === undefined) {
          await listImages(await session.client(), session, options);
        } else {
          refuse(options.q, '--q', 'is for the list of images');
          refuse(options.visibility, '--visibility', 'is for the list of images');
          await listVersions(await session.client(), session, readImage(image), options);
        }
      }),
    );
}

interface LsOptions {
  readonly all?: boolean;
  readonly q?: string;
  readonly os?: string;
  readonly arch?: string;
  readonly format?: string;
  readonly label?: string;
  readonly visibility?: 'public' | 'internal' | 'private';
  readonly sort?: 'name' | 'newest';
}

function refuse(value: unknown, flag: string, why: string): void {
  if (value !== undefined) throw usageError(`${flag} ${why}.`);
}

function filterOf({ os, arch: architecture, format, label, sort }: LsOptions) {
  return { os, architecture, format, label, sort };
}

async function listImages(client: ImgsrvClient, session: Session, options: LsOptions): Promise<void> {
  const query = { ...filterOf(options), q: options.q, visibility: options.visibility };
  const images = await listAll(client, '/v1/images', 'images', { query, signal: session.signal });
  const isSearch = Object.values({ ...query, sort: undefined }).some((value) => value !== undefined);
  session.show({ images }, () =>
    images.length === 0
      ? isSearch
        ? 'Nothing is like that.'
        : 'Nothing is published.'
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
  options: LsOptions,
): Promise<void> {
  const { signal } = session;
  const state = options.all === true ? 'draft,publishing,published,withdrawn' : undefined;
  const query = { ...filterOf(options), state };
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

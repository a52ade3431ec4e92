import { listAll } from '@imgsrv/client';
import type { Command } from 'commander';
import { collect } from '../collect.js';
import type { CommandMaker } from '../command.js';
import { table } from '../output/table.js';
import { readDuration, timeText } from '../output/units.js';
import type { Session } from '../session.js';

const OF_ONE = '/v1/auth/principals/{principal_id}/read-links';

/** `imgsrv links`. */
export function linksCommand(commands: CommandMaker): Command {
  return commands
    .make('links', 'make and revoke read links: addresses that need no other credential (for auth-managers)')
    .addCommand(
      commands
        .make('ls', 'list the read links of a principal; not what they are')
        .argument('<principal-id>')
        .action(commands.run((session, _options, id: string) => list(session, id))),
    )
    .addCommand(
      commands
        .make('make', 'make a read link and print its address, this once', [
          'imgsrv links make PRINCIPAL --images "team-*" --name "site in Bern" --expires-in 90d',
        ])
        .argument('<principal-id>', 'what it may read is all that the link can show')
        .option('--images <pattern>', 'show these images only; may be repeated', collect)
        .option('--name <text>', 'what to know it by')
        .option('--expires-in <duration>', 'how long it is valid', '90d')
        .action(commands.run(make)),
    )
    .addCommand(
      commands
        .make('revoke', 'end a read link at once')
        .argument('<link-id>')
        .action(commands.run((session, _options, id: string) => revoke(session, id))),
    );
}

async function list(session: Session, id: string): Promise<void> {
  const links = await listAll(await session.client(), OF_ONE, 'read_links', {
    path: { principal_id: id },
    signal: session.signal,
  });
  session.show({ read_links: links }, () =>
    table(
      ['ID', 'NAME', 'IMAGES', 'EXPIRES', 'REVOKED'],
      links.map((link) => [
        link.id,
        link.name,
        link.image_patterns?.join(' ') ?? 'all that it may read',
        timeText(link.expires_at),
        timeText(link.revoked_at),
      ]),
    ),
  );
}

interface MakeOptions {
  readonly images?: string[];
  readonly name?: string;
  readonly expiresIn: string;
}

async function make(session: Session, { images, name, expiresIn }: MakeOptions, id: string): Promise<void> {
  const [client, { url }] = [await session.client(), await session.server()];
  const link = await client.call('post', OF_ONE, {
    path: { principal_id: id },
    body: {
      expires_at: new Date(Date.now() + readDuration(expiresIn, '--expires-in')).toISOString(),
      ...(name === undefined ? {} : { name }),
      ...(images === undefined ? {} : { image_patterns: images }),
    },
    signal: session.signal,
  });
  session.note(
    `The read link ${link.id} is valid until ${timeText(link.expires_at) ?? ''}. It is shown this once:`,
  );
  session.show(link, () => new URL(link.path, url).href);
}

async function revoke(session: Session, id: string): Promise<void> {
  const client = await session.client();
  await client.call('delete', '/v1/auth/read-links/{link_id}', {
    path: { link_id: id },
    signal: session.signal,
  });
  session.show({ id, revoked: true }, () => 'It is revoked.');
}

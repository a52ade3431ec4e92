import type { Schemas } from '@imgsrv/client';
import type { Command } from 'commander';
import { CliError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { facts } from '../output/table.js';
import { timeText } from '../output/units.js';

/** `imgsrv whoami`. */
export function whoamiCommand(commands: CommandMaker): Command {
  return commands
    .make('whoami', 'show the server, who you are there, and what you may do', [
      'imgsrv whoami',
      'imgsrv whoami --json',
    ])
    .action(
      commands.run(async (session) => {
        const server = await session.server();
        if (server.credential === 'none') {
          throw new CliError('denied', `You have no token for ${server.url}.`, `imgsrv login ${server.url}`);
        }
        const caller = await session
          .clientOf(server)
          .call('get', '/v1/auth/whoami', { signal: session.signal });
        session.show({ url: server.url, credential_source: server.credential, ...caller }, () =>
          facts([['server', server.url], ['token from', server.credential], ...callerFacts(caller)]),
        );
      }),
    );
}

/** Who somebody is, as names and values for people. */
export function callerFacts(caller: Schemas['WhoamiResponse']): (readonly [string, string | undefined])[] {
  const { principal, role_ids, image_patterns, read_patterns, expires_at } = caller;
  return [
    ['you are', `${principal.display_name} (${principal.kind}, ${principal.id})`],
    ['roles', role_ids.length === 0 ? 'none' : role_ids.join(', ')],
    ['images', image_patterns?.join(', ')],
    ['reads', read_patterns?.join(', ')],
    ['expires', timeText(expires_at)],
  ];
}

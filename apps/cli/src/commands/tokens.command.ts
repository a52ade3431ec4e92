import { listAll } from '@imgsrv/client';
import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { table } from '../output/table.js';
import { readDuration, timeText } from '../output/units.js';

const OF_ONE = '/v1/auth/principals/{principal_id}/api-tokens';

/** `imgsrv tokens`. */
export function tokensCommand(commands: CommandMaker): Command {
  return commands
    .make('tokens', 'issue and revoke API tokens (for auth-managers)')
    .addCommand(
      commands
        .make('ls', 'list the tokens of a principal; not what they are')
        .argument('<principal-id>')
        .action(
          commands.run(async (session, _options, id: string) => {
            const client = await session.client();
            const tokens = await listAll(client, OF_ONE, 'api_tokens', {
              path: { principal_id: id },
              signal: session.signal,
            });
            session.show({ api_tokens: tokens }, () =>
              table(
                ['ID', 'NAME', 'EXPIRES', 'LAST USED', 'REVOKED'],
                tokens.map((token) => [
                  token.id,
                  token.name,
                  timeText(token.expires_at),
                  timeText(token.last_used_at),
                  timeText(token.revoked_at),
                ]),
              ),
            );
          }),
        ),
    )
    .addCommand(
      commands
        .make('issue', 'issue a token and print it, this once', [
          'imgsrv tokens issue PRINCIPAL --name pipeline --expires-in 90d > token.txt',
        ])
        .argument('<principal-id>')
        .option('--name <text>', 'what to know it by')
        .option('--expires-in <duration>', 'how long it is valid', '90d')
        .action(
          commands.run(
            async (
              session,
              { name, expiresIn }: { readonly name?: string; readonly expiresIn: string },
              id: string,
            ) => {
              const client = await session.client();
              const expires_at = new Date(Date.now() + readDuration(expiresIn, '--expires-in')).toISOString();
              const token = await client.call('post', OF_ONE, {
                path: { principal_id: id },
                body: { expires_at, ...(name === undefined ? {} : { name }) },
                signal: session.signal,
              });
              session.note(
                `The token ${token.id} is valid until ${timeText(token.expires_at) ?? ''}. It is shown this once:`,
              );
              session.show(token, () => token.plaintext);
            },
          ),
        ),
    )
    .addCommand(
      commands
        .make('revoke', 'end a token at once')
        .argument('<token-id>')
        .action(
          commands.run(async (session, _options, id: string) => {
            const client = await session.client();
            await client.call('delete', '/v1/auth/api-tokens/{token_id}', {
              path: { token_id: id },
              signal: session.signal,
            });
            session.show({ id, revoked: true }, () => 'It is revoked.');
          }),
        ),
    );
}

import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { readFullRef } from '../image-ref.js';
import { timeText } from '../output/units.js';

/** `imgsrv deprecate`. */
export function deprecateCommand(commands: CommandMaker): Command {
  return commands
    .make('deprecate', 'say that a published version should not be used any more, or take that back', [
      'imgsrv deprecate debian:13.1 --reason "Its kernel has a known weakness." --successor 13.2',
      'imgsrv deprecate debian:13.1 --undo',
    ])
    .argument('<image:version>')
    .option('--reason <text>', 'why, for everybody who looks at it')
    .option('--successor <version>', 'what to use instead')
    .option('--undo', 'take it back')
    .action(
      commands.run(
        async (
          session,
          {
            reason,
            successor,
            undo,
          }: { readonly reason?: string; readonly successor?: string; readonly undo?: boolean },
          text: string,
        ) => {
          const { image: name, ref: version } = readFullRef(text);
          const at = { path: { name, version }, signal: session.signal };
          const client = await session.client();
          if (undo === true) {
            await client.call('delete', '/v1/images/{name}/versions/{version}/deprecation', at);
            session.show(
              { image: name, version, deprecated: false },
              () => `${text} is not deprecated any more.`,
            );
            return;
          }
          const body = {
            reason: reason ?? 'It should not be used any more.',
            ...(successor === undefined ? {} : { successor }),
          };
          const changed = await client.call('post', '/v1/images/{name}/versions/{version}/deprecation', {
            ...at,
            body,
            isRepeatable: true,
          });
          session.show(changed, () => `${text} is deprecated.`);
        },
      ),
    );
}

/** `imgsrv withdraw`. */
export function withdrawCommand(commands: CommandMaker): Command {
  return commands
    .make('withdraw', 'take a published version back: nobody can fetch it any more', [
      'imgsrv withdraw debian:13.1 --reason "It contained a private key." --move-aliases-to 13.2',
    ])
    .argument('<image:version>')
    .requiredOption('--reason <text>', 'why, for everybody who asks for it')
    .option('--move-aliases-to <version>', 'where the aliases go that name it')
    .action(
      commands.run(
        async (
          session,
          { reason, moveAliasesTo }: { readonly reason: string; readonly moveAliasesTo?: string },
          text: string,
        ) => {
          const { image: name, ref: version } = readFullRef(text);
          const client = await session.client();
          const changed = await client.call('post', '/v1/images/{name}/versions/{version}/withdrawal', {
            path: { name, version },
            body: { reason, ...(moveAliasesTo === undefined ? {} : { move_aliases_to: moveAliasesTo }) },
            signal: session.signal,
          });
          const until = timeText(changed.withdrawal?.restorable_until);
          session.show(
            changed,
            () =>
              `${text} is withdrawn.${until === undefined ? '' : ` Until ${until}: imgsrv restore ${text}`}`,
          );
        },
      ),
    );
}

/** `imgsrv restore`. */
export function restoreCommand(commands: CommandMaker): Command {
  return commands
    .make('restore', 'publish a withdrawn version again, exactly as it was', ['imgsrv restore debian:13.1'])
    .argument('<image:version>')
    .action(
      commands.run(async (session, _options, text: string) => {
        const { image: name, ref: version } = readFullRef(text);
        const client = await session.client();
        await client.call('delete', '/v1/images/{name}/versions/{version}/withdrawal', {
          path: { name, version },
          signal: session.signal,
        });
        session.show(
          { image: name, version, restored: true },
          () => `${text} is published again. Its aliases do not come back by themselves.`,
        );
      }),
    );
}

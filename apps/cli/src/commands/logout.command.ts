import type { Command } from 'commander';
import type { CommandMaker } from '../command.js';
import { readConfig, writeConfig } from '../settings/config-file.js';
import { configFile } from '../settings/folders.js';
import { readServerUrl } from '../settings/server-url.js';

/** `imgsrv logout`. */
export function logoutCommand(commands: CommandMaker): Command {
  return commands
    .make('logout', 'forget the token of a server; it stays valid until it expires or is revoked', [
      'imgsrv logout',
    ])
    .argument('[url]', 'address of the server; default the one you speak to')
    .action(
      commands.run(async (session, _options, text?: string) => {
        const file = configFile(session.terminal);
        const config = await readConfig(file);
        const url = text === undefined ? config.current : readServerUrl(text);
        if (url === undefined || !Object.hasOwn(config.servers, url)) {
          session.show({ url, forgotten: false }, () => 'There was nothing to forget.');
          return;
        }
        const servers = Object.fromEntries(Object.entries(config.servers).filter(([known]) => known !== url));
        const current = config.current === url ? undefined : config.current;
        await writeConfig(file, { ...(current === undefined ? {} : { current }), servers });
        session.show({ url, forgotten: true }, () => `The token for ${url} is forgotten.`);
      }),
    );
}

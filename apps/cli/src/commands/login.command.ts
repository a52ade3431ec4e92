import { resolve as resolvePath } from 'node:path';
import type { Command } from 'commander';
import { usageError } from '../cli.errors.js';
import type { CommandMaker } from '../command.js';
import { facts } from '../output/table.js';
import type { GlobalOptions, Session } from '../session.js';
import { readConfig, type SavedServer, writeConfig } from '../settings/config-file.js';
import { configFile } from '../settings/folders.js';
import { jobToken } from '../settings/job-token.js';
import { askSecret } from '../settings/ask-secret.js';
import { readCertificates, readToken } from '../settings/resolve-server.js';
import { isReadableOnTheWay, readServerUrl } from '../settings/server-url.js';
import { callerFacts } from './whoami.command.js';

/** `imgsrv login`: tries a token and remembers it for the next commands. */
export function loginCommand(commands: CommandMaker): Command {
  return commands
    .make('login', 'try a token and remember it, and speak to that server from now on', [
      'imgsrv login https://images.example              # asks for the token',
      'imgsrv login https://images.example < token.txt',
      'imgsrv login https://images.example --oidc github  # in a job of GitHub Actions',
    ])
    .argument('<url>', 'address of the server, such as https://images.example')
    .option('--anonymous', 'remember the address only, to read what is published')
    .action(commands.run(login));
}

async function login(
  session: Session,
  { anonymous }: { readonly anonymous?: boolean },
  text: string,
): Promise<void> {
  const { terminal, options } = session;
  const url = readServerUrl(text);
  const file = configFile(terminal);
  const config = await readConfig(file);
  const saved = anonymous === true ? withCa({}, options) : await credentialOf(url, session);
  if (isReadableOnTheWay(url) && saved.token !== undefined) {
    session.note(
      'Beware: everybody on the way can read the token, as the address is http. Use https where you can.',
    );
  }
  const client = session.clientOf({
    client: {
      baseUrl: url,
      ...(saved.ca_cert === undefined ? {} : { certificateAuthority: await readCertificates(saved.ca_cert) }),
      ...(saved.oidc === undefined ? {} : { token: jobToken(saved.oidc, saved.audience ?? url, terminal) }),
      ...(saved.token === undefined ? {} : { token: saved.token }),
    },
  });
  if (anonymous === true) {
    await client.call('get', '/v1/images', { query: { limit: 1 }, signal: session.signal });
  }
  const caller =
    anonymous === true ? undefined : await client.call('get', '/v1/auth/whoami', { signal: session.signal });
  await writeConfig(file, { current: url, servers: { ...config.servers, [url]: saved } });
  session.show({ url, ...caller }, () =>
    caller === undefined
      ? `You read from ${url} now, without a token.`
      : `You are logged in to ${url}.\n${facts(callerFacts(caller))}`,
  );
}

async function credentialOf(url: string, { terminal, options }: Session): Promise<SavedServer> {
  if (options.oidc !== undefined) {
    return withCa(
      { oidc: options.oidc, ...(options.audience === undefined ? {} : { audience: options.audience }) },
      options,
    );
  }
  const given = terminal.environment['IMGSRV_TOKEN'];
  if (given !== undefined && given !== '')
    return withCa({ token: readToken(given, 'IMGSRV_TOKEN') }, options);
  const typed = await askSecret(`Token for ${url}: `, terminal);
  if (typed.trim() === '') {
    throw usageError(
      'There is no token.',
      'Type or paste it, pipe it in, or set IMGSRV_TOKEN. Without one: --anonymous.',
    );
  }
  return withCa({ token: readToken(typed, 'The input') }, options);
}

function withCa(saved: SavedServer, { caCert }: GlobalOptions): SavedServer {
  return caCert === undefined ? saved : { ...saved, ca_cert: resolvePath(caCert) };
}

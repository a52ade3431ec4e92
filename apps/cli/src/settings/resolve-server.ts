import { readFile } from 'node:fs/promises';
import type { ClientOptions } from '@imgsrv/client';
import { usageError } from '../cli.errors.js';
import { OIDC_PROVIDERS, type OidcProvider, readConfig, type SavedServer } from './config-file.js';
import { configFile } from './folders.js';
import { jobToken } from './job-token.js';
import { readServerUrl } from './server-url.js';
import type { Terminal } from './terminal.js';

/** Options that every command has, and say whom it speaks to. */
export interface ServerOptions {
  readonly url?: string;
  readonly caCert?: string;
  readonly oidc?: OidcProvider;
  readonly audience?: string;
}

/** Where a credential came from. */
export type CredentialSource = 'IMGSRV_TOKEN' | 'login' | `oidc ${OidcProvider}` | 'none';

export interface ResolvedServer {
  readonly url: string;
  readonly credential: CredentialSource;
  readonly client: Pick<ClientOptions, 'baseUrl' | 'token' | 'certificateAuthority'>;
}

/** The server to speak to: options win over the environment, which wins over what `login` saved. */
export async function resolveServer(options: ServerOptions, terminal: Terminal): Promise<ResolvedServer> {
  const { environment } = terminal;
  const named = options.url ?? nonEmpty(environment['IMGSRV_URL']);
  const config = await readConfig(configFile(terminal));
  const chosen = named ?? config.current;
  if (chosen === undefined) {
    throw usageError(
      'No server is chosen.',
      'Log in (imgsrv login URL), or name one: --url URL or IMGSRV_URL.',
    );
  }
  const url = readServerUrl(chosen);
  // A token is sent to the server that it was saved for, and to no other.
  const saved = config.servers[url] ?? {};
  const { credential, token } = chooseToken(url, options, saved, terminal);
  const caFile = options.caCert ?? nonEmpty(environment['IMGSRV_CA_CERT']) ?? saved.ca_cert;
  return {
    url,
    credential,
    client: {
      baseUrl: url,
      ...(token === undefined ? {} : { token }),
      ...(caFile === undefined ? {} : { certificateAuthority: await readCertificates(caFile) }),
    },
  };
}

/** A PEM file of certificates. */
export async function readCertificates(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw usageError(
      `${file} has no certificate.`,
      'It has to be a PEM file, with -----BEGIN CERTIFICATE-----.',
    );
  }
  return text;
}

function chooseToken(
  url: string,
  options: ServerOptions,
  saved: SavedServer,
  terminal: Terminal,
): { readonly credential: CredentialSource; readonly token?: NonNullable<ClientOptions['token']> } {
  const asked = options.oidc ?? readProvider(nonEmpty(terminal.environment['IMGSRV_OIDC']));
  const given = nonEmpty(terminal.environment['IMGSRV_TOKEN']);
  if (asked === undefined && given !== undefined) {
    return { credential: 'IMGSRV_TOKEN', token: readToken(given, 'IMGSRV_TOKEN') };
  }
  const provider = asked ?? saved.oidc;
  if (provider !== undefined) {
    const audience =
      options.audience ?? nonEmpty(terminal.environment['IMGSRV_OIDC_AUDIENCE']) ?? saved.audience ?? url;
    return { credential: `oidc ${provider}`, token: jobToken(provider, audience, terminal) };
  }
  return saved.token === undefined ? { credential: 'none' } : { credential: 'login', token: saved.token };
}

/** A token as one line without spaces, which a header can carry. */
export function readToken(text: string, source: string): string {
  const token = text.trim();
  if (!/^[\x21-\x7e]{1,16384}$/.test(token)) {
    throw usageError(`${source} holds no token: a token is one line of visible characters.`);
  }
  return token;
}

function readProvider(text: string | undefined): OidcProvider | undefined {
  const provider = OIDC_PROVIDERS.find((known) => known === text);
  if (text !== undefined && provider === undefined) {
    throw usageError(`IMGSRV_OIDC is ${text}, but should be ${OIDC_PROVIDERS.join(' or ')}.`);
  }
  return provider;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

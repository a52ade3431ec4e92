import { ImgsrvClient } from '@imgsrv/client';
import { CliError, usageError } from '../cli.errors.js';
import type { OidcProvider } from './config-file.js';
import type { Terminal } from './terminal.js';

/** A token that is about to expire is replaced before a request goes out with it. */
const MARGIN_MS = 60_000;

/** The OpenID Connect token of the CI job that this runs in, a new one whenever the last is about to expire. */
export function jobToken(
  provider: OidcProvider,
  audience: string,
  terminal: Terminal,
): (signal?: AbortSignal) => Promise<string> {
  let known: { readonly token: string; readonly expiresAt: number } | undefined;
  return async (signal) => {
    if (known === undefined || known.expiresAt - MARGIN_MS < Date.now()) {
      const token =
        provider === 'github' ? await askGithub(audience, terminal, signal) : gitlabToken(terminal);
      known = { token, expiresAt: expiryOf(token) ?? 0 };
    }
    return known.token;
  };
}

async function askGithub(audience: string, { environment }: Terminal, signal?: AbortSignal): Promise<string> {
  const url = environment['ACTIONS_ID_TOKEN_REQUEST_URL'];
  const token = environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  if (url === undefined || token === undefined || !URL.canParse(url)) {
    throw usageError(
      'This is no job of GitHub Actions that may have an OpenID Connect token.',
      'Give the job `permissions: id-token: write`.',
    );
  }
  const { origin, pathname, searchParams } = new URL(url);
  searchParams.set('audience', audience);
  const client = new ImgsrvClient({ baseUrl: origin, token });
  try {
    const answer = await client.json(`${pathname}?${searchParams.toString()}`, signal);
    const { value } = (answer ?? {}) as { readonly value?: unknown };
    if (typeof value === 'string') return value;
    throw new CliError('denied', 'GitHub gave no OpenID Connect token.');
  } finally {
    client.close();
  }
}

function gitlabToken({ environment }: Terminal): string {
  const token = environment['IMGSRV_ID_TOKEN'];
  if (token === undefined || token === '') {
    throw usageError(
      'The job has no token in IMGSRV_ID_TOKEN.',
      'Give the job `id_tokens: IMGSRV_ID_TOKEN: aud: …` in .gitlab-ci.yml.',
    );
  }
  return token;
}

/** When a JWT expires; undefined for anything else. */
export function expiryOf(token: string): number | undefined {
  try {
    const [, payload = ''] = token.split('.');
    const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { readonly exp?: unknown };
    return typeof exp === 'number' ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}

import type { ImgsrvClient } from '@imgsrv/client';
import { type Explanation, explainError } from '../explain-error.js';
import { durationText } from '../output/units.js';
import type { ResolvedServer } from '../settings/resolve-server.js';
import { isReadableOnTheWay } from '../settings/server-url.js';

export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'beware' | 'fails';
  readonly detail: string;
  readonly hint?: string;
}

/** Tokens and certificates are judged by the clock; a second or two is a slow answer. */
const WORRYING_SKEW_MS = 30_000;

/** Looks at a server as its clients meet it. Stops at the first check without which the others mean nothing. */
export async function examineServer(
  client: ImgsrvClient,
  server: ResolvedServer,
  signal: AbortSignal,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const look = async (check: string, work: () => Promise<Omit<Finding, 'check'>>): Promise<boolean> => {
    const finding = await work().catch((error: unknown) => failure(explainError(error)));
    findings.push({ check, ...finding });
    return finding.verdict !== 'fails';
  };
  const isReached = await look('reachable', async () => {
    const begun = performance.now();
    const { headers } = await client.callWithHeaders('get', '/healthz', { signal });
    const skewMs = Date.parse(headers.date ?? '') - Date.now();
    const answered = `answers within ${Math.round(performance.now() - begun)} ms`;
    return Math.abs(skewMs) > WORRYING_SKEW_MS
      ? {
          verdict: 'beware',
          detail: `${answered}, but its clock and yours differ by ${durationText(Math.abs(skewMs))}`,
          hint: 'Set the clocks: tokens and certificates are judged by them.',
        }
      : { verdict: 'ok', detail: answered };
  });
  if (!isReached) return findings;
  await look('encrypted', () => Promise.resolve(encryption(server.url)));
  await look('ready', async () => {
    await client.call('get', '/readyz', { signal });
    return { verdict: 'ok', detail: 'its database and its store answer' };
  });
  await look('listed for Incus and LXD', async () => {
    const { index } = await client.call('get', '/streams/v1/index.json', { signal });
    const count = Object.values(index).reduce((sum, { products }) => sum + products.length, 0);
    return { verdict: 'ok', detail: `${count} products` };
  });
  await look('you', async () => {
    if (server.credential === 'none')
      return {
        verdict: 'ok',
        detail: 'read without a token',
        hint: `To publish: imgsrv login ${server.url}`,
      };
    const { principal, role_ids } = await client.call('get', '/v1/auth/whoami', { signal });
    const name = `${principal.display_name}, by the token from ${server.credential}`;
    return role_ids.includes('content-writer')
      ? { verdict: 'ok', detail: `${name}, may publish` }
      : {
          verdict: 'beware',
          detail: `${name}, may not publish`,
          hint: 'Ask an auth-manager for the role content-writer, if you want to.',
        };
  });
  return findings;
}

function encryption(url: string): Omit<Finding, 'check'> {
  if (url.startsWith('https:'))
    return { verdict: 'ok', detail: 'by TLS, with a certificate that is trusted' };
  return isReadableOnTheWay(url)
    ? {
        verdict: 'beware',
        detail: 'no: everybody on the way can read and change everything',
        hint: 'Use https. Incus takes nothing else.',
      }
    : { verdict: 'ok', detail: 'no, but it is on this machine' };
}

function failure({ message, hint }: Explanation): Omit<Finding, 'check'> {
  return { verdict: 'fails', detail: message, ...(hint === undefined ? {} : { hint }) };
}

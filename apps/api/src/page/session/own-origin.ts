import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser sent a request from a page of this service. `Sec-Fetch-Site` says so where there is one, `Origin` must
 * agree where there is one, and one of the two must be there.
 */
export function isFromOwnPage(headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (site !== undefined && site !== 'same-origin') {
    return false;
  }
  return origin === undefined ? site !== undefined : isOwn(origin, headers.host, publicUrl);
}

function isOwn(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  if (!URL.canParse(origin)) {
    return false;
  }
  const known = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  return new URL(origin).origin === known || new URL(origin).host === host;
}

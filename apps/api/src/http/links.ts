import type { Request, Response } from 'express';

const PUBLIC_PATH = 'public path';

/** Where links of an application remember the path that its public URL has. */
interface Settings {
  set(name: string, value: string): unknown;
}

/** From now on all links begin with the path of the public URL, if there is one. */
export function linkBelow(settings: Settings, publicUrl: string | undefined): void {
  settings.set(PUBLIC_PATH, publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/$/, ''));
}

/** Says where the thing is that was made; `path` as the service routes it. */
export function setLocation(response: Response, path: string): void {
  response.setHeader('Location', publicPath(response, path));
}

/** Names the next page in `Link` (RFC 8288), with the same other parameters as this one. */
export function linkNextPage(request: Request, response: Response, nextCursor: string | undefined): void {
  if (nextCursor === undefined) {
    return;
  }
  const url = new URL(request.originalUrl, 'http://relative.invalid');
  url.searchParams.set('cursor', nextCursor);
  response.setHeader('Link', `<${publicPath(response, `${url.pathname}${url.search}`)}>; rel="next"`);
}

/** The only maker of links: absolute paths, since a client may reach us under more names than one. */
function publicPath(response: Response, path: string): string {
  return `${String(response.app.get(PUBLIC_PATH))}${path}`;
}

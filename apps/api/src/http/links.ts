import type { Request, Response } from 'express';
import { linkPrefix } from '../access/read-link.js';

const PUBLIC_URL = 'public url';

/** Where links of an application remember its public URL. */
interface Settings {
  set(name: string, value: string | undefined): unknown;
}

interface Application {
  get(name: string): unknown;
}

/** From now on all links begin with the path of the public URL, if there is one. */
export function linkBelow(settings: Settings, publicUrl: string | undefined): void {
  settings.set(PUBLIC_URL, publicUrl?.replace(/\/$/, ''));
}

/** The public URL, without a slash at its end. */
export function publicUrlOf(app: Application): string | undefined {
  const url = app.get(PUBLIC_URL);
  return typeof url === 'string' ? url : undefined;
}

export function hasPublicHttps(app: Application): boolean {
  return publicUrlOf(app)?.startsWith('https:') === true;
}

/** Says where the thing is that was made; `path` as the service routes it. */
export function setLocation(response: Response, path: string): void {
  response.setHeader('Location', publicPath(response.app, path));
}

/** Names the next page in `Link` (RFC 8288), with the same other parameters as this one. */
export function linkNextPage(request: Request, response: Response, nextCursor: string | undefined): void {
  if (nextCursor === undefined) {
    return;
  }
  const url = new URL(request.originalUrl, 'http://relative.invalid');
  url.searchParams.set('cursor', nextCursor);
  const path = `${linkPrefix(request)}${url.pathname}${url.search}`;
  response.setHeader('Link', `<${publicPath(response.app, path)}>; rel="next"`);
}

/** The only maker of links: absolute paths, since a client may reach us under more names than one. */
export function publicPath(app: Application, path: string): string {
  const url = publicUrlOf(app);
  return `${url === undefined ? '' : new URL(url).pathname.replace(/\/$/, '')}${path}`;
}

import type { Request, Response } from 'express';
import { hasPublicHttps, publicPath } from '../../http/links.js';

/** What only a token can look like; everything else in the cookie is nobody's. */
const TOKEN = /^imgsrv_at_[A-Za-z0-9_]{1,100}$/;

/** The sessions of requests whose credential came from the cookie and was accepted. */
const accepted = new WeakMap<Request, string>();

/** The token that the session cookie of a request holds. Two cookies of the name hold none: one was planted. */
export function readSession(request: Request): string | undefined {
  const name = cookieName(request);
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [only, ...more] = values;
  return only !== undefined && more.length === 0 && TOKEN.test(only) ? only : undefined;
}

/** Whether a text may be kept in a session. */
export function isSessionToken(text: string): boolean {
  return TOKEN.test(text);
}

/** From the next request on the browser is whoever holds the token; until it ends, or the session is ended. */
export function startSession(request: Request, response: Response, token: string): void {
  response.setHeader('Set-Cookie', cookie(request, token));
}

export function endSession(request: Request, response: Response): void {
  accepted.delete(request);
  response.setHeader('Set-Cookie', `${cookie(request, '')}; Max-Age=0`);
}

export function acceptSession(request: Request, token: string): void {
  accepted.set(request, token);
}

/** The token by whose session a request was let in. */
export function acceptedSession(request: Request): string | undefined {
  return accepted.get(request);
}

function cookie(request: Request, value: string): string {
  const attributes = ['HttpOnly', 'SameSite=Strict', ...(isHttps(request) ? ['Secure'] : [])];
  return [`${cookieName(request)}=${value}`, `Path=${publicPath(request.app, '/')}`, ...attributes].join(
    '; ',
  );
}

/** Browsers take a name with a prefix from the service itself only, not from a neighbour (RFC 6265bis, 4.1.3). */
function cookieName(request: Request): string {
  if (!isHttps(request)) {
    return 'imgsrv-session';
  }
  return publicPath(request.app, '/') === '/' ? '__Host-imgsrv-session' : '__Secure-imgsrv-session';
}

function isHttps(request: Request): boolean {
  return request.secure || hasPublicHttps(request.app);
}

import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { prefersGzip } from '../../surface/accepted-encoding.js';
import { layout } from './layout.js';
import { pageContext, type View } from './page-context.js';

/** Own files only, nothing inline; forms go nowhere else, and no other page shows this one. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Without a referrer browsers would send the forms of a page with an unknown origin.
  'Referrer-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  Vary: 'Accept, Accept-Encoding, Authorization, Cookie',
};

const compress = promisify(gzip);

/** Answers with a page. Those of a session are not compressed: their length would tell of what is secret in them. */
export async function sendPage(
  request: Request,
  response: Response,
  view: View,
  status = 200,
): Promise<void> {
  const context = pageContext(request);
  const text = Buffer.from(String(await layout(context, view(context))));
  const isCompressed = context.caller === undefined && prefersGzip(request.get('Accept-Encoding'));
  const body = isCompressed ? await compress(text) : text;
  if (response.destroyed) {
    return;
  }
  for (const [name, value] of Object.entries(HEADERS)) {
    response.setHeader(name, value);
  }
  response.setHeader(
    'Cache-Control',
    context.caller === undefined ? 'private, no-cache' : 'private, no-store',
  );
  if (isCompressed) {
    response.setHeader('Content-Encoding', 'gzip');
  }
  response.setHeader('Content-Length', body.length);
  // Of an answer to HEAD, Node sends the header fields only.
  response.status(status).end(body);
}

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ICON_TEXT } from './icon.js';
import { SCRIPT_TEXT } from './script.js';
import { STYLESHEET_TEXT } from './stylesheet.js';

/** A file that pages load. Its name changes with what it says, so that it can be kept for ever. */
export interface PageAsset {
  readonly name: string;
  readonly path: string;
  readonly mediaType: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
}

export const STYLESHEET = asset('page', 'css', 'text/css; charset=utf-8', STYLESHEET_TEXT);
export const SCRIPT = asset('page', 'js', 'text/javascript; charset=utf-8', SCRIPT_TEXT);
export const ICON = asset('icon', 'svg', 'image/svg+xml', ICON_TEXT);

const ASSETS: ReadonlyMap<string, PageAsset> = new Map(
  [STYLESHEET, SCRIPT, ICON].map((found) => [found.name, found]),
);

export function findAsset(name: string): PageAsset | undefined {
  return ASSETS.get(name);
}

function asset(stem: string, extension: string, mediaType: string, text: string): PageAsset {
  const plain = Buffer.from(text);
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16);
  const name = `${stem}-${hash}.${extension}`;
  return { name, path: `/assets/${name}`, mediaType, plain, gzip: gzipSync(plain, { level: 9 }) };
}

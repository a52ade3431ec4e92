import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** The text of a page, by its path in the checkout. */
export function readPage(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Paths of all pages under a folder of the checkout, such as `docs/consumers`, in order. */
export function pagesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

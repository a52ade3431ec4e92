import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { BrowserPage } from './browser-page.js';

/** What is wrong with each of the pages for people who do not see or point as others do, in one set of colours. */
export async function expectNoFaults(
  page: BrowserPage,
  url: string,
  paths: readonly string[],
  colours: 'light' | 'dark',
): Promise<void> {
  const axe = await readFile(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
  await page.setColours(colours);
  for (const path of paths) {
    await page.goTo(`${url}${path}`);
    await page.evaluate(axe);
    const faults = await page.evaluate<readonly string[]>(
      `axe.run().then(({ violations }) => violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' ')))`,
    );
    expect({ path, faults }).toEqual({ path, faults: [] });
  }
}

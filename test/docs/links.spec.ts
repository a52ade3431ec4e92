import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { readMarkdown } from './markdown.js';
import { pagesUnder, readPage, ROOT } from './pages.js';

const INDEX = 'docs/README.md';
const PAGES = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  ...pagesUnder('docs'),
  ...pagesUnder('libs').filter((path) => !path.includes('node_modules')),
];

interface LocalLink {
  /** Path in the checkout. */
  readonly path: string;
  readonly anchor: string;
  /** `page:line target`, for messages. */
  readonly where: string;
}

function localLinks(page: string): LocalLink[] {
  return readMarkdown(readPage(page))
    .links.filter(({ target }) => !/^[a-z]+:/.test(target))
    .map(({ target, line }) => {
      const [file = '', anchor = ''] = target.split('#');
      return {
        path: file === '' ? page : normalize(join(dirname(page), file)).replace(/\/$/, ''),
        anchor,
        where: `${page}:${line} ${target}`,
      };
    });
}

describe.each(PAGES)('%s', (page) => {
  it('links only to what is there', () => {
    const broken = localLinks(page).filter(({ path }) => !existsSync(join(ROOT, path)));
    expect(broken.map(({ where }) => where)).toEqual([]);
  });

  it('links only to headings that are there', () => {
    const broken = localLinks(page)
      .filter(({ path, anchor }) => anchor !== '' && path.endsWith('.md') && existsSync(join(ROOT, path)))
      .filter(({ path, anchor }) => !readMarkdown(readPage(path)).anchors.has(anchor));
    expect(broken.map(({ where }) => where)).toEqual([]);
  });
});

it('every page of the documentation is reachable from its index', () => {
  const reached = new Set([INDEX]);
  for (const page of reached) {
    for (const { path } of page.endsWith('.md') ? localLinks(page) : []) {
      if (existsSync(join(ROOT, path))) {
        reached.add(path);
      }
    }
  }
  expect(pagesUnder('docs').filter((page) => !reached.has(page))).toEqual([]);
});

it('the README leads to the index and the tutorial', () => {
  expect(localLinks('README.md').map(({ path }) => path)).toEqual(
    expect.arrayContaining([INDEX, 'docs/tutorial.md']),
  );
});

import { readMarkdown } from './markdown.js';

const PAGE = [
  '# A page: of `code` & more',
  'See [this](other.md#part), not `[that](never.md)`.',
  '## Part',
  '1. In a list',
  '',
  '   ```sh service',
  '   echo "[x](no-link.md)"',
  '     indented',
  '   ```',
  '## Part',
  '```text',
  '# no heading',
  '```',
  '',
].join('\n');

it('finds blocks with their words, without the indentation of a list', () => {
  expect(readMarkdown(PAGE).blocks).toEqual([
    { language: 'sh', words: ['service'], text: 'echo "[x](no-link.md)"\n  indented\n', line: 6 },
    { language: 'text', words: [], text: '# no heading\n', line: 11 },
  ]);
});

it('finds links outside of code', () => {
  expect(readMarkdown(PAGE).links).toEqual([{ target: 'other.md#part', line: 2 }]);
});

it('names headings as forges do', () => {
  expect([...readMarkdown(PAGE).anchors]).toEqual(['a-page-of-code--more', 'part', 'part-1']);
});

it('does not overlook a block without an end', () => {
  expect(() => readMarkdown('```sh\necho\n')).toThrow('line 1');
});

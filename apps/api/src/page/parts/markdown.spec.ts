import { NOTES_MAX_LENGTH } from '@imgsrv/catalog';
import { markdown } from './markdown.js';

it.each([
  ['**Kernel** 6.12 and `openssl`', '<p><strong>Kernel</strong> 6.12 and <code>openssl</code></p>\n'],
  ['- one\n- two', '<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n'],
  ['# Changes\n\n###### Small', '<h3>Changes</h3>\n<h6>Small</h6>\n'],
  [
    '[all of them](https://example.org/?a=1&b=2)',
    '<p><a href="https://example.org/?a=1&amp;b=2" rel="nofollow noopener noreferrer">all of them</a></p>\n',
  ],
])('renders %j', async (text, html) => {
  expect(String(await markdown(text))).toBe(html);
});

it.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'a <b onclick="alert(1)">b</b>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '<javascript:alert(1)>',
  '[x](https://a "b\\" onclick=\\"alert(1)")',
  '![x](https://evil.example/who-reads-this.png)',
  '![x][y]\n\n[y]: https://evil.example/x.png',
  '[x]: javascript:alert(1)\n\n[x]',
  '```"><script>alert(1)</script>\nx\n```',
  '`<a href=javascript:alert(1)>`',
  '<h1 onclick=alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
])('makes nothing that runs, loads or stands out of its place of %j', async (text) => {
  const html = String(await markdown(text));
  const tags = html.match(/<[^>]*>/g) ?? [];
  const allowed =
    /^<\/?(?:p|strong|em|code|pre|ul|ol|li|h[3-6]|a|blockquote|br|hr)(?: (?:rel|href|title|class)="[^"<>]*")* ?\/?>$/;
  expect(tags.filter((tag) => !allowed.test(tag))).toEqual([]);
  expect(html).not.toMatch(/(?:href|src)="(?!https:|"|#)/i);
});

it.each([
  '*_',
  '\n- a',
  '![[]()',
  '- a\n  - b\n    - c\n',
  '> ',
  '1. ',
  '> - ',
  '[a]: b\n',
  '[',
  '`a ',
  '<a',
])('is done soon with as many %j as notes may have', async (piece) => {
  const begun = performance.now();
  await markdown(piece.repeat(NOTES_MAX_LENGTH / piece.length));
  // It takes a tenth of that; parsers that are of the square of the length take longer.
  expect(performance.now() - begun).toBeLessThan(1500);
});

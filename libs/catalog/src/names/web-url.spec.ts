import { isWebUrl } from './web-url.js';

it.each([
  'https://git.example/a/b?c=d#e',
  'http://localhost:8080/',
  'https://xn--bcher-kva.example',
  'https://[::1]/x',
])('takes %s', (url) => {
  expect(isWebUrl(url)).toBe(true);
});

it.each([
  ['another scheme', 'javascript:alert(1)'],
  ['another scheme that has a host', 'ftp://files.example/a'],
  ['no scheme', '//git.example/a'],
  ['no host', 'https://'],
  ['a password', 'https://me:secret@git.example/a'],
  ['a user name', 'https://token@git.example/a'],
  ['a blank', 'https://git.example/a b'],
  ['a line break that parsers pass over', 'https://git.example/a\nb'],
  ['a blank before it', ' https://git.example'],
  ['a quotation mark', 'https://git.example/"onclick="x'],
  ['letters that look like others', 'https://gіt.example'],
  ['too many characters', `https://git.example/${'a'.repeat(2048)}`],
])('refuses one with %s', (_what, url) => {
  expect(isWebUrl(url)).toBe(false);
});

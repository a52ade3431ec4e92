import { InvalidTextError } from '../catalog.errors.js';
import { parseDescription, parseDisplayName } from './display-text.js';

it.each(['', 'Debian 13 „Trixie“', '日本語', '👩‍🚀', 'a'.repeat(256)])('keeps the text %j as it is', (text) => {
  expect(parseDisplayName(text)).toBe(text);
  expect(parseDescription(text)).toBe(text);
});

it.each([
  ['an override', 'Debian \u202emi\u2069'],
  ['an isolate', '\u2066Debian\u2069'],
  ['a zero-width space', 'Deb\u200bian'],
  ['a joiner between letters', 'Deb\u200dian'],
])('refuses %s, which nobody sees', (_what, text) => {
  expect(() => parseDisplayName(text)).toThrow(InvalidTextError);
  expect(() => parseDescription(text)).toThrow(InvalidTextError);
});

it.each(['\0', 'a\u0000b', '\u0001', '\u001b[31m', '\u007f', '\u0085', '\ud800', '\udc00\ud800', 'a\u009f'])(
  'refuses %j everywhere',
  (text) => {
    expect(() => parseDisplayName(text)).toThrow(InvalidTextError);
    expect(() => parseDescription(text)).toThrow(InvalidTextError);
  },
);

it.each(['a\nb', 'a\r\nb', '\t'])('takes line breaks and tabs in descriptions only: %j', (text) => {
  expect(() => parseDisplayName(text)).toThrow(InvalidTextError);
  expect(parseDescription(text)).toBe(text);
});

it('limits the length', () => {
  expect(() => parseDisplayName('a'.repeat(257))).toThrow(InvalidTextError);
  expect(parseDescription('a'.repeat(4096))).toHaveLength(4096);
  expect(() => parseDescription('a'.repeat(4097))).toThrow(InvalidTextError);
  expect(parseDisplayName('🐧'.repeat(256))).toHaveLength(512);
});

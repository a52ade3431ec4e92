import { InvalidNameError } from '../catalog.errors.js';
import {
  ALIAS_NAME,
  ARTIFACT_ID,
  DIGEST,
  IMAGE_NAME,
  MEDIA_TYPE,
  REF_NAME,
  TOKEN,
  VERSION_NAME,
} from './names.js';

const HEX = 'a'.repeat(64);

/** What no grammar takes, wherever a name comes from. */
const NEVER = [
  '',
  '.',
  '..',
  '...',
  './a',
  '../etc/passwd',
  'a/../b',
  'a/b',
  '/a',
  'a//b',
  'a%2Fb',
  'a%2f..',
  '%2e%2e',
  'a\\b',
  'a b',
  ' a',
  'a ',
  'a\n',
  '\na',
  'a\r\nb',
  'a\tb',
  'a\0',
  '\0',
  'a\u0000b',
  'a\u007f',
  'ä',
  'abc\u0301',
  'ａ',
  '\u202ea',
  '𝒶',
  '\ud800',
  'a?b',
  'a#b',
  'a;b',
  'a,b',
  'a*',
  'a"b',
  "a'b",
  'a$(b)',
  '_a',
  '.a',
  '-a',
  '+a',
  ':a',
];

const GRAMMARS = { IMAGE_NAME, VERSION_NAME, ALIAS_NAME, REF_NAME, TOKEN } as const;

describe.each(Object.entries(GRAMMARS))('%s', (_name, grammar) => {
  it.each(NEVER)('refuses %j', (value) => {
    expect(grammar.matches(value)).toBe(false);
    expect(() => grammar.parse(value)).toThrow(InvalidNameError);
  });

  it.each([null, undefined, 1, true, {}, [], ['a']])('refuses %j, which is no text', (value) => {
    expect(grammar.matches(value)).toBe(false);
  });
});

it.each([
  ['an image name', IMAGE_NAME, 128],
  ['a version', VERSION_NAME, 128],
  ['an alias', ALIAS_NAME, 64],
  ['a reference', REF_NAME, 128],
  ['a token', TOKEN, 64],
])('%s is at most so long', (_what, grammar, longest) => {
  expect(grammar.matches('a')).toBe(true);
  expect(grammar.matches('a'.repeat(longest))).toBe(true);
  expect(grammar.matches('a'.repeat(longest + 1))).toBe(false);
});

it.each([
  ['an image name', IMAGE_NAME, ['debian', '0', 'a.b_c-d', 'a..b', 'a-'], ['Debian', 'a+b', 'a:b', 'dEbian']],
  ['a version', VERSION_NAME, ['1.0', '2026-01-01T00:00', 'A+b:c', '1..2'], []],
  ['an alias', ALIAS_NAME, ['latest', 'Stable', '12.x'], ['a+b', 'a:b']],
  ['a reference', REF_NAME, ['latest', '1:2+3'], []],
  ['a token', TOKEN, ['linux', 'x86_64', 'incus.tar.xz', 'c++'], ['a:b']],
])('%s has its own characters', (_what, grammar, good, bad) => {
  expect(good.filter((value) => !grammar.matches(value))).toEqual([]);
  expect(bad.filter((value) => grammar.matches(value))).toEqual([]);
});

it.each([
  [`sha256:${HEX}`, true],
  [`sha256:${HEX}\n`, false],
  [`sha256:${HEX.toUpperCase()}`, false],
  [`SHA256:${HEX}`, false],
  [`sha256:${HEX}a`, false],
  [`sha256:${HEX.slice(1)}`, false],
  [`sha512:${HEX}`, false],
  [HEX, false],
  [` sha256:${HEX}`, false],
  [`sha256:${'g'.repeat(64)}`, false],
])('the digest %j: %s', (value, expected) => {
  expect(DIGEST.matches(value)).toBe(expected);
});

it.each([
  ['application/octet-stream', true],
  ['application/vnd.oci.image+json', true],
  ['a/b', true],
  [`a/${'b'.repeat(253)}`, true],
  [`a/${'b'.repeat(254)}`, false],
  ['application', false],
  ['application/', false],
  ['/json', false],
  ['a/b/c', false],
  ['text/html; charset=utf-8', false],
  ['text/ html', false],
  ['text/html\n', false],
  ['text/html\r\nX-Injected: 1', false],
  ['text/h\0tml', false],
  ['text/ä', false],
  ['*/*', true],
  ['text/(comment)', false],
  ['', false],
])('the media type %j: %s', (value, expected) => {
  expect(MEDIA_TYPE.matches(value)).toBe(expected);
});

it.each([
  ['6f1b2c3d-0000-4000-8000-0123456789ab', true],
  ['6F1B2C3D-0000-4000-8000-0123456789AB', false],
  ['6f1b2c3d000040008000012345678 9ab', false],
  ['{6f1b2c3d-0000-4000-8000-0123456789ab}', false],
  ['6f1b2c3d-0000-4000-8000-0123456789ab\n', false],
  ['6f1b2c3d-0000-4000-8000-0123456789abc', false],
  ['1', false],
])('the id %j: %s', (value, expected) => {
  expect(ARTIFACT_ID.matches(value)).toBe(expected);
});

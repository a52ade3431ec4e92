import { readImageRef } from '../image-ref.js';
import { expiryOf } from './job-token.js';
import { configFile } from './folders.js';
import { isReadableOnTheWay, readServerUrl } from './server-url.js';
import type { Terminal } from './terminal.js';

it.each([
  ['images.example', 'https://images.example'],
  ['https://images.example/', 'https://images.example'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['https://example/images//', 'https://example/images'],
])('takes %s for %s', (text, expected) => {
  expect(readServerUrl(text)).toBe(expected);
});

it.each(['', 'ftp://x', 'https://user:pass@x', 'https://x?y', 'https://x#y', 'https://'])(
  'takes %j for no server',
  (text) => {
    expect(() => readServerUrl(text)).toThrow('address');
  },
);

it.each([
  ['http://images.example', true],
  ['http://127.0.0.1:8080', false],
  ['http://[::1]:8080', false],
  ['http://127.0.0.1.example', true],
  ['https://images.example', false],
])('knows whether %s can be read on the way: %s', (url, expected) => {
  expect(isReadableOnTheWay(url)).toBe(expected);
});

it.each([
  ['debian', { image: 'debian' }],
  ['debian:12:1', { image: 'debian', ref: '12:1' }],
])('reads %s', (text, expected) => {
  expect(readImageRef(text)).toEqual(expected);
});

it.each(['', ':1', 'a:', 'A', 'a/b', '../x', 'a:b/c'])('takes %j for no image', (text) => {
  expect(() => readImageRef(text)).toThrow('is no image');
});

it.each([
  [`x.${Buffer.from('{"exp":5}').toString('base64url')}.y`, 5000],
  ['imgsrv_at_x', undefined],
  ['x.e30.y', undefined],
])('reads when %s expires: %s', (token, expected) => {
  expect(expiryOf(token)).toBe(expected);
});

it('keeps to the XDG folders, and not to a relative one', () => {
  const at = (folder?: string) =>
    configFile({ environment: { XDG_CONFIG_HOME: folder }, home: '/home/me' } as unknown as Terminal);
  expect([at(), at('relative'), at('/etc/me')]).toEqual([
    '/home/me/.config/imgsrv/config.json',
    '/home/me/.config/imgsrv/config.json',
    '/etc/me/imgsrv/config.json',
  ]);
});

import { parseForwardedAddress } from './client-address.js';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  [' 203.0.113.7 ', '203.0.113.7'],
  ['203.0.113.7:51231', '203.0.113.7'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['::ffff:203.0.113.7', '::ffff:203.0.113.7'],
  ['[::ffff:203.0.113.7]:80', '::ffff:203.0.113.7'],
])('reads %j as %s', (entry, address) => {
  expect(parseForwardedAddress(entry)).toBe(address);
});

it.each([
  ...[
    '',
    'unknown',
    '_hidden',
    '1.2.3.4.5',
    '256.1.1.1',
    '203.0.113.7:',
    '203.0.113.7:x',
    '203.0.113.7:123456',
  ],
  ...['[203.0.113.7]:80', '[2001:db8::1', '2001:db8::1]:443', '"203.0.113.7"', 'proxy.example', '1.2.3.4\0'],
])('does not read %j', (entry) => {
  expect(parseForwardedAddress(entry)).toBeUndefined();
});

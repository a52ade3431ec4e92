import { networkMatcher } from './networks.js';

it.each([
  [[], '10.0.0.1', false],
  [['10.0.0.1'], '10.0.0.1', true],
  [['10.0.0.1'], '::ffff:10.0.0.1', true],
  [['10.0.0.1'], '10.0.0.2', false],
  [['10.1.0.0/16'], '10.1.255.255', true],
  [['10.1.0.0/16'], '10.2.0.0', false],
  [['10.1.0.0/16', 'fd00::/8'], 'fd12::1', true],
  [['fd00::/8'], '10.1.0.1', false],
  [['::1'], '::1', true],
  [['0.0.0.0/0'], 'not an address', false],
] as const)('%j holds %s: %s', (networks, address, expected) => {
  expect(networkMatcher(networks)(address)).toBe(expected);
});

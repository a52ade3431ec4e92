import { isPublicAddress, requirePublicLiteral } from './allowed-address.js';

describe('addresses', () => {
  it.each(['1.1.1.1', '140.82.112.3', '2606:4700:4700::1111', '2a01:4f8::1', '::ffff:1.1.1.1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.100.100.200'],
    ...['0.0.0.0', '255.255.255.255', '224.0.0.1', '192.0.2.1', '198.18.0.1', '240.0.0.1'],
    ...['::', '::1', 'fe80::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '::ffff:127.0.0.1'],
    ...[
      '192.0.0.1',
      '192.88.99.1',
      '192.31.196.1',
      '192.52.193.1',
      '::7f00:1',
      '::a9fe:a9fe',
      '1::1',
      '4000::1',
    ],
    ...[
      '2001:2::1',
      '2001:20::1',
      '3fff::1',
      '2001:4:112::1',
      'fec0::1',
      '64:ff9b:1::a9fe:a9fe',
      '::ffff:0:7f00:1',
    ],
    ...['::ffff:a9fe:a9fe', '64:ff9b::a9fe:a9fe', '2002:7f00:1::', '2001::1', 'example.org', ''],
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    'https://2130706433/',
    'https://0x7f.1/',
    'https://[::1]/',
    'https://[::127.0.0.1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://127.1/',
    'https://017700000001/',
  ])('a host written as in %s is looked at as the address it is', (url) => {
    expect(() => {
      requirePublicLiteral(new URL(url).hostname);
    }).toThrow('not a public one');
  });

  it('a name is left to the resolver', () => {
    expect(() => {
      requirePublicLiteral('localhost');
    }).not.toThrow();
  });
});

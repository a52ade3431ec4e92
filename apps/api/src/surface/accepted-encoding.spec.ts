import { preferredEncoding, prefersGzip } from './accepted-encoding.js';

describe('prefersGzip', () => {
  it.each([
    'gzip',
    'GZIP',
    'x-gzip',
    'gzip, deflate, br',
    'br;q=1, gzip;q=0.001',
    'gzip;q=0.5',
    'gzip ; q=1.000',
    '*',
    'identity;q=0, gzip',
    'identity;q=0, *',
    '*;q=0, gzip',
    'identity;q=0.5, gzip;q=0.5',
    'deflate;q=zero, gzip',
  ])('is true for %p', (header) => {
    expect(prefersGzip(header)).toBe(true);
  });

  it.each([
    undefined,
    '',
    ' ',
    'identity',
    'br',
    'gzip;q=0',
    'gzip;q=0.000, *',
    '*;q=0',
    'identity;q=0',
    'identity, gzip;q=0.9',
    'gzip;q=2',
    'gzip;q=-1',
    'gzip;q=0.0001',
    'gzip;level=9',
    'gzipped',
    'x-gzip;q=0',
  ])('is false for %p', (header) => {
    expect(prefersGzip(header)).toBe(false);
  });
});

describe('preferredEncoding', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'zstd'],
    ['zstd', 'zstd'],
    ['zstd;q=0.5, gzip;q=0.9', 'gzip'],
    ['zstd;q=0, gzip', 'gzip'],
    ['gzip', 'gzip'],
    ['*', 'gzip'],
    ['zstd;q=0.1, *', 'gzip'],
    ['identity, zstd;q=0.9', undefined],
    ['br', undefined],
    [undefined, undefined],
  ])('is for %p %p', (header, encoding) => {
    expect(preferredEncoding(header, ['gzip', 'zstd'])).toBe(encoding);
  });

  it('is nothing that is not there', () => {
    expect(preferredEncoding('zstd', ['gzip'])).toBeUndefined();
    expect(preferredEncoding('zstd, gzip;q=0.1', ['gzip'])).toBe('gzip');
  });
});

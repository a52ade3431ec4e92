import { prefersGzip } from './accepted-encoding.js';

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

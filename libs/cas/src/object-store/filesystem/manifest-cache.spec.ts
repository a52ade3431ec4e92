import { ManifestCache } from './manifest-cache.js';
import { makeManifest, type Manifest } from './manifest.js';

function manifestOf(partCount: number): Manifest {
  return makeManifest(
    '00000000-0000-4000-8000-000000000000',
    Array.from({ length: partCount }, (_, index) => ({
      partNumber: index + 1,
      etag: '0'.repeat(32),
      sizeBytes: 1,
    })),
  );
}

describe('ManifestCache', () => {
  it('gives what was set, until it is deleted', () => {
    const cache = new ManifestCache();
    const manifest = manifestOf(2);
    cache.set('a', manifest);
    expect(cache.get('a')).toBe(manifest);
    expect(cache.get('b')).toBeUndefined();
    cache.delete('a');
    expect(cache.get('a')).toBeUndefined();
  });

  it('forgets what was not used for longest when there are too many parts', () => {
    const cache = new ManifestCache(5);
    cache.set('a', manifestOf(2));
    cache.set('b', manifestOf(2));
    cache.get('a');
    cache.set('c', manifestOf(2));
    expect(['a', 'b', 'c'].filter((key) => cache.get(key))).toEqual(['a', 'c']);
  });

  it('counts a manifest once, however often it is set and deleted', () => {
    const cache = new ManifestCache(4);
    for (let count = 0; count < 10; count += 1) {
      cache.set('a', manifestOf(2));
      cache.delete('b');
    }
    cache.set('b', manifestOf(2));
    expect(['a', 'b'].filter((key) => cache.get(key))).toEqual(['a', 'b']);
  });

  it('keeps neither one that is too large by itself nor one of no parts', () => {
    const cache = new ManifestCache(4);
    cache.set('a', manifestOf(5));
    cache.set('b', manifestOf(0));
    expect(['a', 'b'].filter((key) => cache.get(key))).toEqual([]);
    cache.set('c', manifestOf(4));
    expect(cache.get('c')).toBeDefined();
  });
});

import { checkPreconditions, ifRangeHolds } from './preconditions.js';

const current = { etag: '"sha256:aa"', lastModified: new Date('2026-01-02T03:04:05.678Z') };
const same = 'Fri, 02 Jan 2026 03:04:05 GMT';
const earlier = 'Fri, 02 Jan 2026 03:04:04 GMT';
const later = 'Fri, 02 Jan 2026 03:04:06 GMT';

describe('conditional requests', () => {
  it.each([
    [{}, 'proceed'],
    [{ 'if-none-match': '"sha256:aa"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"sha256:aa"' }, 'not-modified'],
    [{ 'if-none-match': '"x", "sha256:aa"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"x"' }, 'proceed'],
    [{ 'if-none-match': 'sha256:aa' }, 'proceed'],
    [{ 'if-none-match': '"x"', 'if-modified-since': same }, 'proceed'],
    [{ 'if-modified-since': same }, 'not-modified'],
    [{ 'if-modified-since': later }, 'not-modified'],
    [{ 'if-modified-since': earlier }, 'proceed'],
    [{ 'if-modified-since': 'yesterday' }, 'proceed'],
    [{ 'if-modified-since': '2026-01-02T03:04:05Z' }, 'proceed'],
    [{ 'if-match': '"sha256:aa"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': 'W/"sha256:aa"' }, 'failed'],
    [{ 'if-match': '"x"' }, 'failed'],
    [{ 'if-match': '"x"', 'if-none-match': '"sha256:aa"' }, 'failed'],
    [{ 'if-match': '"sha256:aa"', 'if-unmodified-since': earlier }, 'proceed'],
    [{ 'if-unmodified-since': earlier }, 'failed'],
    [{ 'if-unmodified-since': same }, 'proceed'],
    [{ 'if-unmodified-since': 'nonsense' }, 'proceed'],
  ])('%p', (headers, verdict) => {
    expect(checkPreconditions(headers, current)).toBe(verdict);
  });

  it.each([
    [{}, true],
    [{ 'if-range': '"sha256:aa"' }, true],
    [{ 'if-range': 'W/"sha256:aa"' }, false],
    [{ 'if-range': '"x"' }, false],
    [{ 'if-range': same }, true],
    [{ 'if-range': earlier }, false],
    [{ 'if-range': later }, false],
    [{ 'if-range': 'nonsense' }, false],
  ])('If-Range %p', (headers, holds) => {
    expect(ifRangeHolds(headers, current)).toBe(holds);
  });
});

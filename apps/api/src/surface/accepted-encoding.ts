/**
 * Whether a gzip representation is what the client would rather have (RFC 9110, 12.5.3): it accepts gzip, and does not
 * say that it prefers the plain bytes. Without the header, and with one that refuses both, it is the plain bytes.
 *
 * The package negotiator is no replacement: it takes any number for a weight (`gzip;q=2`), ignores other parameters
 * (`gzip;level=9`), and does not know `x-gzip`, which RFC 9110, 8.4.1.3, has us take for gzip.
 */
export function prefersGzip(acceptEncoding: string | undefined): boolean {
  const weights = parseWeights(acceptEncoding ?? '');
  const wildcard = weights.get('*');
  const gzip = weights.get('gzip') ?? weights.get('x-gzip') ?? wildcard ?? 0;
  const identity = weights.get('identity') ?? 0;
  return gzip > 0 && gzip >= identity;
}

const CODING = /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i;

/** A coding with a malformed weight does not count. */
function parseWeights(acceptEncoding: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const element of acceptEncoding.split(',')) {
    const [, coding, weight = '1'] = CODING.exec(element) ?? [];
    if (coding !== undefined) {
      weights.set(coding.toLowerCase(), Number(weight));
    }
  }
  return weights;
}

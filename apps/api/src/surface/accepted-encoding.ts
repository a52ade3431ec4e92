import { LRUCache } from 'lru-cache';

/** In the order in which we would rather send them: zstd is smaller, and sooner read. */
const ENCODINGS = ['zstd', 'gzip'] as const;

export type Encoding = (typeof ENCODINGS)[number];

/** Whether a gzip representation is what the client would rather have. */
export function prefersGzip(acceptEncoding: string | undefined): boolean {
  return preferredEncoding(acceptEncoding, ['gzip']) === 'gzip';
}

/**
 * Which of the representations that there are besides the plain bytes the client would rather have (RFC 9110, 12.5.3); undefined when
 * it accepts none, or says that it prefers the plain bytes. Without the header, and with one that refuses all, it is the plain bytes.
 * `*` means gzip, which everybody reads.
 *
 * The package negotiator is no replacement: it takes any number for a weight (`gzip;q=2`), ignores other parameters
 * (`gzip;level=9`), and does not know `x-gzip`, which RFC 9110, 8.4.1.3, has us take for gzip.
 */
export function preferredEncoding(
  acceptEncoding: string | undefined,
  available: readonly Encoding[],
): Encoding | undefined {
  const weights = weightsOf(acceptEncoding ?? '');
  const weight: Record<Encoding, number> = {
    zstd: weights.get('zstd') ?? 0,
    gzip: weights.get('gzip') ?? weights.get('x-gzip') ?? weights.get('*') ?? 0,
  };
  const identity = weights.get('identity') ?? 0;
  let best: Encoding | undefined;
  for (const encoding of ENCODINGS) {
    const isWanted = weight[encoding] > 0 && weight[encoding] >= identity && available.includes(encoding);
    if (isWanted && (best === undefined || weight[encoding] > weight[best])) best = encoding;
  }
  return best;
}

const CODING = /^\s*([!#$%&'*+.^_`|~0-9a-z-]+)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?$/i;

/** Nearly every client sends one of a few headers. */
const LONGEST_KEPT = 128;
const kept = new LRUCache<string, ReadonlyMap<string, number>>({ max: 100 });

function weightsOf(acceptEncoding: string): ReadonlyMap<string, number> {
  let weights = kept.get(acceptEncoding);
  if (weights === undefined) {
    weights = parseWeights(acceptEncoding);
    if (acceptEncoding.length <= LONGEST_KEPT) kept.set(acceptEncoding, weights);
  }
  return weights;
}

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

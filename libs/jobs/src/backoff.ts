export interface BackoffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Exponential back-off with jitter: between half and all of `firstMs · 2^(failures-1)`, capped. `random` is in
 * [0, 1). `failures` counts from 1.
 */
export function backoffMs(
  failures: number,
  options: BackoffOptions,
  random: () => number = Math.random,
): number {
  const exponent = Math.min(Math.max(failures - 1, 0), 30);
  const ceilingMs = Math.min(options.firstMs * 2 ** exponent, options.longestMs);
  return Math.round(ceilingMs * (0.5 + random() / 2));
}

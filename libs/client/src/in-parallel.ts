/**
 * Works on every item, on at most `limit` at the same time and in order. The first failure aborts the others and is thrown
 * once all have ended.
 */
export async function inParallel<T>(
  items: readonly T[],
  limit: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) {
      stop.throwIfAborted();
      await work(item, stop);
    }
  };
  let failure: { readonly error: unknown } | undefined;
  await Promise.all(
    Array.from({ length: Math.min(limit, items.length) }, () =>
      lane().catch((error: unknown) => {
        failure ??= { error };
        failed.abort();
      }),
    ),
  );
  if (failure !== undefined) throw failure.error;
}

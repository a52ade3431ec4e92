/**
 * Flags for Node with which the api and the worker are run. A young generation of 8 MiB from the begin holds what the
 * requests of a moment need: with 2 MiB a sixth of it was still in use at each collection and grew old, which cost a third of the speed of
 * small requests, and with V8's own 16 the process holds 20 MiB more. The old one is collected when it has grown by half instead of to twice its size, which
 * holds 100 MiB less with 1,000 readers.
 * `--expose-gc` is for `countPassingBytes`.
 */
export const NODE_FLAGS = [
  '--min-semi-space-size=8',
  '--max-semi-space-size=8',
  '--heap-growing-percent=50',
  '--expose-gc',
] as const;

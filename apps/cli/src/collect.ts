/** For options that may be repeated: the values so far and this one. */
export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

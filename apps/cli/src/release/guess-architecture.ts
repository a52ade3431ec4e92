import { basename } from 'node:path';

/** Words in file names that name a machine, by what the artifact is then said to be for. */
const WORDS: Readonly<Record<string, string>> = {
  amd64: 'amd64',
  x86_64: 'amd64',
  arm64: 'arm64',
  aarch64: 'arm64',
  armhf: 'armhf',
  armv7l: 'armhf',
  i386: 'i686',
  i686: 'i686',
  ppc64el: 'ppc64el',
  ppc64le: 'ppc64el',
  riscv64: 'riscv64',
  s390x: 's390x',
};

/** The machine that the name of a file names; undefined when it names none, or several. */
export function guessArchitecture(file: string): string | undefined {
  const words = basename(file)
    .toLowerCase()
    .split(/[^a-z0-9_]+|(?<!x86)_(?!64)/);
  const found = new Set(words.flatMap((word) => (Object.hasOwn(WORDS, word) ? [WORDS[word]] : [])));
  const [architecture] = found;
  return found.size === 1 ? architecture : undefined;
}

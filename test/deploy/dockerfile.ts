/** One instruction of a Dockerfile, continuation lines joined. */
export type Instruction =
  | { readonly kind: 'FROM'; readonly image: string; readonly stage: string }
  | {
      readonly kind: 'COPY';
      readonly from: string | undefined;
      readonly owner: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'RUN'; readonly command: string }
  /** A RUN that installs packages of Debian, and leaves nothing else behind. */
  | { readonly kind: 'PACKAGES'; readonly names: readonly string[] }
  | { readonly kind: 'WORKDIR' | 'USER' | 'ARG'; readonly value: string }
  | { readonly kind: 'ENV' | 'LABEL'; readonly pairs: Readonly<Record<string, string>> }
  | { readonly kind: 'EXPOSE'; readonly ports: readonly number[] }
  | { readonly kind: 'ENTRYPOINT' | 'CMD'; readonly words: readonly string[] };

/**
 * Reads the instructions and forms that our Dockerfile uses. Throws for any other, so that nothing of it is left out
 * unnoticed. https://docs.docker.com/reference/dockerfile/
 */
export function parseDockerfile(text: string): Instruction[] {
  const [, baseImage = ''] = /^ARG NODE_IMAGE=(\S+)$/m.exec(text) ?? [];
  const lines = text
    .replaceAll('${NODE_IMAGE}', baseImage)
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#') && !line.startsWith('ARG NODE_IMAGE='))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line, index) => parseInstruction(line.trim(), index));
}

function parseInstruction(line: string, index: number): Instruction {
  const [, kind = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
  switch (kind) {
    case 'FROM': {
      const [, image = '', stage = String(index)] = matched(line, /^FROM ([\w./:@-]+)(?: AS ([\w-]+))?$/);
      return { kind, image, stage };
    }
    case 'COPY':
      return parseCopy(line, rest);
    case 'RUN':
      if (rest.startsWith('--') || rest.startsWith('[')) throw unknownForm(line);
      return parseRun(rest);
    case 'WORKDIR':
    case 'USER':
    case 'ARG':
      return { kind, value: matched(rest, /^[\w./:-]+$/)[0] };
    case 'ENV':
    case 'LABEL':
      return { kind, pairs: parsePairs(line, rest) };
    case 'EXPOSE':
      return { kind, ports: rest.split(/\s+/).map((port) => Number(matched(port, /^\d+$/)[0])) };
    case 'ENTRYPOINT':
    case 'CMD':
      return { kind, words: JSON.parse(rest) as string[] };
    default:
      throw unknownForm(line);
  }
}

function parseRun(command: string): Instruction {
  const install =
    /^apt-get update && apt-get install -y --no-install-recommends ([a-z0-9 .+-]+) && rm -rf \/var\/lib\/apt\/lists\/\*$/;
  const [, names] = install.exec(command) ?? [];
  return names === undefined ? { kind: 'RUN', command } : { kind: 'PACKAGES', names: names.split(' ') };
}

function parseCopy(line: string, rest: string): Instruction {
  const words = rest.split(/\s+/);
  const flags = new Map(
    words
      .filter((word) => word.startsWith('--'))
      .map((word) => {
        const [, name = '', value = ''] = matched(word, /^--(from|chown)=(.+)$/);
        return [name, value] as const;
      }),
  );
  const paths = words.filter((word) => !word.startsWith('--'));
  const target = paths.at(-1);
  if (target === undefined || paths.length < 2 || paths.some((path) => /[*?[\]]/.test(path))) {
    throw unknownForm(line);
  }
  return {
    kind: 'COPY',
    from: flags.get('from'),
    owner: flags.get('chown'),
    sources: paths.slice(0, -1),
    target,
  };
}

function parsePairs(line: string, rest: string): Record<string, string> {
  const pattern = /([\w.]+)=("[^"]*"|[^\s"]+)\s*/y;
  const pairs: Record<string, string> = {};
  while (pattern.lastIndex < rest.length) {
    const match = pattern.exec(rest);
    if (match === null) throw unknownForm(line);
    const [, name = '', value = ''] = match;
    pairs[name] = value.replaceAll('"', '');
  }
  return pairs;
}

function matched(text: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(text);
  if (match === null) throw unknownForm(text);
  return match;
}

function unknownForm(line: string): Error {
  return new Error(`this test does not know how to execute: ${line}`);
}

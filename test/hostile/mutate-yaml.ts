import type { Random } from '../../libs/catalog/src/formats/fixtures/random.js';
import { mutateBytes } from './mutate-bytes.js';

const PIECES = [
  ...[
    'architecture: x86_64\n',
    'creation_date: 1767225600\n',
    'properties:\n',
    '  os: Debian\n',
    '  release: "13"\n',
  ],
  ...[
    '  requirements.secureboot: false\n',
    'requirements: {nesting: true}\n',
    'templates:\n',
    '  /etc/hostname:\n',
  ],
  ...[
    '    when: [create, copy]\n',
    'properties: {os: x}\n',
    '<<: *a\n',
    'a: &a x\n',
    'b: *a\n',
    '*nothing',
    '&a ',
    '!!binary ',
  ],
  ...[
    '"\\ud800"',
    '"\\0"',
    '"\\u202e"',
    '"\\U00110000"',
    '"\\x"',
    "'",
    '"',
    '|\n',
    '>-\n',
    '[',
    ']',
    '{',
    '}',
    ', ',
    ': ',
    '? ',
  ],
  ...[
    '- ',
    '---\n',
    '...\n',
    '%YAML 9.9\n',
    '%TAG ! tag:x,2000:\n',
    '#',
    '\t',
    '\r',
    '\n',
    ' ',
    '\u2028',
    '\ufeff',
    '~',
    'null',
    '0x',
  ],
];

/** A metadata.yaml of pieces in any order, or a sound one with changes. */
export function mutatedYaml(sound: Buffer, random: Random): Buffer {
  switch (random(3)) {
    case 0:
      return mutateBytes(sound, random, 8);
    case 1:
      return Buffer.from(someText(random, 1 + random(200)));
    default: {
      const lines = sound.toString('utf8').split('\n');
      for (let changes = 1 + random(3); changes > 0; changes -= 1) {
        const at = random(lines.length);
        lines.splice(at, random(2), someText(random, random(4)));
      }
      return Buffer.from(lines.join('\n'));
    }
  }
}

function someText(random: Random, pieces: number): string {
  const pool = Array.from({ length: 1 + random(6) }, () => PIECES[random(PIECES.length)] ?? '');
  return Array.from({ length: pieces }, () =>
    random(3) === 0 ? (PIECES[random(PIECES.length)] ?? '') : (pool[random(pool.length)] ?? ''),
  ).join('');
}

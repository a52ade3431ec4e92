import { parseDocument } from 'yaml';
import { InvalidImageMetadataError } from './invalid-image-metadata.error.js';
import { parseImageMetadata } from './parse-image-metadata.js';
import { isComposableYaml } from './yaml-depth.js';

const parse = (yaml: string) => parseImageMetadata(Buffer.from(yaml));

describe('parseImageMetadata', () => {
  test.each<[string, string, object]>([
    [
      'decimals as they stand',
      'properties: {release: 22.10, variant: 20260101_0000}',
      { release: '22.10', variant: '20260101_0000' },
    ],
    [
      'octal, hexadecimal and dates as they stand',
      'properties: {release: 012, variant: 0x1F, os: 2026-01-01}',
      { release: '012', variant: '0x1F', os: '2026-01-01' },
    ],
    ['booleans as they stand', 'properties: {os: yes, variant: "true"}', { os: 'yes', variant: 'true' }],
    ['a number of seconds', 'creation_date: 1767225600', { creationDate: '1767225600' }],
    ['a quoted null as text', 'properties: {os: "null"}', { os: 'null' }],
    [
      'past a description, which no client is shown',
      'properties: {os: a, description: ["\\ud800"]}',
      { os: 'a' },
    ],
    ['a plain null as absent', 'properties: {os: null, release: ~, variant: , name: ""}', {}],
    ['null properties as none', 'architecture: aarch64\nproperties:\n', { architecture: 'aarch64' }],
    ['an empty file as nothing', '', {}],
    ['folded text', 'properties:\n  os: >\n    one\n    two\n', { os: 'one two' }],
    [
      'requirements',
      'properties:\n  requirements.secureboot: false\n  requirements.cgroup: v1\n',
      { requirements: { secureboot: 'false', cgroup: 'v1' } },
    ],
    [
      'a mapping of requirements at the top, booleans and numbers as text',
      'requirements:\n  secureboot: false\n  nesting: yes\n  minimum: 2\n',
      { requirements: { secureboot: 'false', nesting: 'yes', minimum: '2' } },
    ],
    [
      'a mapping of requirements among the properties',
      'properties: {requirements: {privileged: true, cdrom_agent: "true"}}',
      { requirements: { privileged: 'true', cdrom_agent: 'true' } },
    ],
    [
      'requirements in all places',
      'requirements: {a: 1}\nproperties: {requirements.b: 2, requirements.a: 1, requirements: {c: 3, d: }}',
      { requirements: { b: '2', a: '1', c: '3' } },
    ],
    ['null requirements as none', 'requirements:\nproperties: {requirements: ~}', {}],
    ['an emoji of several', 'properties: {os: "👩‍🚀"}', { os: '👩‍🚀' }],
    ['a requirement without a value as absent', 'properties: {requirements.secureboot: }', {}],
    ['one alias', 'architecture: &a x86_64\nproperties: {os: *a}', { architecture: 'x86_64', os: 'x86_64' }],
    [
      'a tag as if it were not there',
      'properties: {os: !!python/object Debian, release: !!int 12}',
      { os: 'Debian', release: '12' },
    ],
    ['a merge key as any other', 'a: &a {os: Debian}\nproperties: {<<: *a}', {}],
    ['the first of two keys', 'properties: {os: Debian, os: Ubuntu}', { os: 'Debian' }],
    ['a byte order mark', '\ufeffarchitecture: x86_64', { architecture: 'x86_64' }],
    ['characters of any script', 'properties: {os: Ünïx 日本}', { os: 'Ünïx 日本' }],
  ])('reads %s', (_what, yaml, expected) => {
    expect(parse(yaml)).toEqual(expected);
  });

  it('gives own properties only, whatever the names', () => {
    const metadata = parse(
      '__proto__: {os: a}\nproperties:\n  __proto__: {os: b}\n  requirements.__proto__: x\n',
    );
    expect(Object.keys(metadata)).toEqual(['requirements']);
    expect(Object.entries(metadata.requirements ?? {})).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect({}).not.toHaveProperty('os');
  });

  test.each<[string, string | Buffer, RegExp]>([
    ['a list', '- a', /metadata\.yaml is not a mapping/],
    ['a word', 'hello', /metadata\.yaml is not a mapping/],
    ['properties that are a list', 'properties: [a]', /properties is not a mapping/],
    ['properties that are text', 'properties: a', /properties is not a mapping/],
    ['a list as a value', 'properties: {os: [Debian]}', /os in metadata\.yaml is not text/],
    ['a mapping as a value', 'architecture: {a: b}', /architecture in metadata\.yaml is not text/],
    [
      'a requirement that is a list',
      'properties: {requirements.x: [a]}',
      /requirements\.x in .* is not text/,
    ],
    ['binary values', 'properties: {os: !!binary AAEC}', /os in metadata\.yaml is not text/],
    ['control characters', 'properties: {os: "a\\0b"}', /control characters/],
    ['an unpaired surrogate', 'properties: {os: "\\ud800"}', /os in metadata\.yaml contains/],
    ['surrogates in the wrong order', 'architecture: "\\udc00\\ud800"', /architecture in .* contains/],
    ['an unpaired surrogate in a variant', 'properties: {variant: "a\\udfff"}', /variant in .* contains/],
    [
      'an unpaired surrogate in a requirement',
      'properties: {requirements.x: "\\ud800"}',
      /requirements\.x in .* contains/,
    ],
    [
      'an unpaired surrogate in the name of a requirement',
      'properties: {"requirements.\\ud800": x}',
      /A name in/,
    ],
    ['NUL in the name of a requirement', 'requirements: {"a\\0": x}', /A name in metadata\.yaml contains/],
    ['an override that turns text around', 'properties: {os: "Deb\\u202eian"}', /os in .* invisible/],
    ['an isolate', 'properties: {release: "\\u2066one"}', /release in .* invisible/],
    ['a zero-width space', 'properties: {release_title: "on\\u200be"}', /release_title in .* invisible/],
    ['an override in a variant', 'properties: {variant: "\\u202d"}', /variant in .* invisible/],
    ['an os of two lines', 'properties: {os: "a\\nb"}', /os in metadata\.yaml contains control characters/],
    ['requirements that are text', 'requirements: secureboot', /requirements is not a mapping/],
    [
      'requirements that are a list',
      'properties: {requirements: [secureboot]}',
      /requirements is not a mapping/,
    ],
    ['a requirement that is a mapping', 'requirements: {secureboot: {a: b}}', /secureboot in .* is not text/],
    [
      'a switch that is neither on nor off',
      'requirements: {secureboot: maybe}',
      /secureboot .* not true or false/,
    ],
    ['a cgroup that does not exist', 'properties: {requirements.cgroup: v3}', /cgroup .* not v1 or v2/],
    [
      'two values of one requirement',
      'requirements: {secureboot: true}\nproperties: {requirements.secureboot: false}',
      /two values of the requirement secureboot/,
    ],
    [
      'too many requirements in two places',
      `requirements: {${Array.from({ length: 60 }, (_, n) => `a${n}: x`).join(', ')}}\nproperties:\n${Array.from({ length: 60 }, (_, n) => `  requirements.b${n}: x\n`).join('')}`,
      /more than 100 requirements/,
    ],
    ['terminal escapes', 'properties: {release_title: "\\e[2J"}', /control characters/],
    ['an alias of nothing', 'properties: {os: *nothing}', /not valid YAML|alias/],
    ['an alias of a list', 'a: &a [x]\nproperties: {os: *a}', /os in metadata\.yaml is not text/],
    ['an alias of itself', 'properties: &p\n  os: *p', /os in metadata\.yaml is not text/],
    ['a value that is too long', `properties: {os: ${'x'.repeat(4097)}}`, /longer than 4096/],
    [
      'too many requirements',
      `properties:\n${Array.from({ length: 101 }, (_, n) => `  requirements.r${n}: x\n`).join('')}`,
      /more than 100 requirements/,
    ],
    ['two documents', 'architecture: a\n---\narchitecture: b', /not valid YAML/],
    ['an open quote', 'a: 1\nb: "x', /not valid YAML near line 2/],
    ['tabs as indentation', 'a:\n\tb: 1', /not valid YAML near line 2/],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff]), /not UTF-8/],
    ['UTF-16', Buffer.from('architecture: a', 'utf16le'), /not/],
    ['a million open lists', '['.repeat(2 ** 20), /nested too deeply/],
    ['half a million nested items', '- '.repeat(2 ** 19), /nested too deeply/],
    ['a hundred thousand nested keys', '{a: '.repeat(100_000), /nested too deeply/],
    ['lists behind ends that do not match', '}'.repeat(40_000) + '['.repeat(9_000), /nested too deeply/],
    [
      'nesting by indentation',
      Array.from({ length: 100 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
      /too deeply/,
    ],
    ['a million ends', '}'.repeat(2 ** 20), /too many elements/],
    [
      'a hundred thousand keys',
      Array.from({ length: 100_000 }, (_, n) => `k${n}: v`).join('\n'),
      /too many elements/,
    ],
    ['many aliases', `a: &a x\n${'b: *a\n'.repeat(100_000)}`, /too many elements/],
  ])('refuses %s', (_what, yaml, reason) => {
    const bytes = Buffer.from(yaml);
    expect(() => parseImageMetadata(bytes)).toThrow(InvalidImageMetadataError);
    expect(() => parseImageMetadata(bytes)).toThrow(reason);
  });

  it('expands no alias, so that a small file stays small', () => {
    const levels = Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]`);
    expect(parse(`a0: &a0 x\n${levels.join('\n')}\nproperties: {os: Debian}`)).toEqual({ os: 'Debian' });
  });
});

describe('isComposableYaml', () => {
  it('lets nothing through that is nested beyond what the composer can bear', () => {
    let state = 3;
    const below = (limit: number) => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return (state >>> 8) % limit;
    };
    const pieces = [
      '- ',
      '? ',
      ': ',
      'a: ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '\n',
      '\n ',
      ' ',
      '&a ',
      '"',
      '|',
      '#',
      'x',
      ':\n',
      'x:\n',
    ];
    let accepted = 0;
    for (let round = 0; round < 120; round += 1) {
      const pool = Array.from({ length: 1 + below(4) }, () => pieces[below(pieces.length)] ?? '');
      const text = Array.from(
        { length: 1500 },
        (_, n) => pool[below(2) === 0 ? n % pool.length : below(pool.length)],
      ).join('');
      if (!isComposableYaml(text)) continue;
      accepted += 1;
      const { errors } = parseDocument(text, { schema: 'failsafe', uniqueKeys: false });
      expect(errors.map(({ code }) => code)).not.toContain('RESOURCE_EXHAUSTION');
    }
    expect(accepted).toBeGreaterThan(25);
  });
});

/** One `metadata.yaml`: what it is of, and its text. */
export type MetadataShape = readonly [what: string, yaml: string];

const TOP = ['architecture: x86_64', 'creation_date: 1767225600'];
const PROPERTIES = [
  'architecture: amd64',
  'description: A demonstration',
  'os: Debian',
  'release: trixie',
  'variant: default',
  'requirements.secureboot: "false"',
];

/** A sound file, with lines in the place of those of the same name, or after them. */
function shape(...lines: string[]): string {
  const top = withLines(
    TOP,
    lines.filter((line) => !line.startsWith('  ')),
  );
  const properties = withLines(
    PROPERTIES,
    lines.filter((line) => line.startsWith('  ')).map((line) => line.slice(2)),
  );
  return `${[...top, 'properties:', ...properties.map((line) => `  ${line}`)].join('\n')}\n`;
}

/** A line of the same name takes the place of one; others come first or, of a template, as they stand. */
function withLines(sound: readonly string[], lines: readonly string[]): string[] {
  const nameOf = (line: string) => line.slice(0, line.indexOf(':'));
  const replaced = sound.map((line) => lines.find((other) => nameOf(other) === nameOf(line)) ?? line);
  return [...lines.filter((line) => !replaced.includes(line)), ...replaced];
}

const template = (...fields: string[]) =>
  `${shape()}templates:\n  /etc/hostname:\n    template: hostname.tpl\n${fields.map((field) => `    ${field}\n`).join('')}`;

/** What Incus 6 and 7 and LXD agree on: the verdict of the real program is that of imgsrv, and so are its words. */
export const AGREED_SHAPES: readonly MetadataShape[] = [
  ['a sound file', shape()],
  ['Windows line ends', shape().replaceAll('\n', '\r\n')],
  ['the line ends of an old Mac', shape().replaceAll('\n', '\r')],
  ['a byte order mark', `\ufeff${shape()}`],
  ['a document start', `---\n${shape()}`],
  ['an end of the document', `${shape()}...\n`],
  ['a document start after it', `${shape()}---\n`],
  ['a document start and a comment after it', `${shape()}---\n# end\n`],
  ['the directive of YAML 1.1', `%YAML 1.1\n---\n${shape()}`],
  ['the directive of YAML 1.2', `%YAML 1.2\n---\n${shape()}`],
  ['no architecture', shape('architecture:')],
  ['an unknown architecture', shape('architecture: sparc64')],
  ['an architecture in other case', shape('architecture: X86_64')],
  ['another name of the architecture', shape('architecture: generic_64')],
  ['no creation date', shape('creation_date:')],
  ['a creation date of zero', shape('creation_date: 0')],
  ['a quoted creation date', shape('creation_date: "1767225600"')],
  ['a date as the creation date', shape('creation_date: 2026-01-01')],
  ['a time as the creation date', shape('creation_date: 2026-01-01T00:00:00Z')],
  ['a command as the creation date', shape('creation_date: $(date +%s)')],
  ['words as the creation date', shape('creation_date: yesterday')],
  ['a list as the creation date', shape('creation_date: [1767225600]')],
  ['underscores in a number', shape('creation_date: 1_767_225_600')],
  ['a hexadecimal number', shape('creation_date: 0x6955B900')],
  ['an octal number of YAML 1.1', shape('creation_date: 014523334400')],
  ['an octal number of YAML 1.2', shape('creation_date: 0o14523334400')],
  ['a binary number', shape('creation_date: 0b1101001010101011011100100000000')],
  ['a number with a sign', shape('creation_date: +1767225600')],
  ['a number with a fraction', shape('creation_date: 1767225600.9')],
  ['a number with an exponent', shape('creation_date: 1.7672256e9')],
  ['a number of more than 64 bits', shape('creation_date: 99999999999999999999')],
  ['a quoted number with a tag', shape('creation_date: !!int "1767225600"')],
  ['a number with the tag of text', shape('creation_date: !!str 1767225600')],
  ['text with the tag of a number', shape('  variant: !!int default')],
  ['a quoted expiry date', shape('expiry_date: "1"')],
  ['an expiry date of nothing', shape('expiry_date: ~')],
  ['a release that looks like a number', shape('  release: 22.10')],
  ['a release that looks like an octal number', shape('  release: 012')],
  ['a variant that looks like a boolean', shape('  variant: yes')],
  ['a variant that looks like a date', shape('  variant: 2026-01-01')],
  ['a variant of nothing', shape('  variant: ~')],
  ['a variant of quoted nothing', shape('  variant: "null"')],
  ['a tag that nobody knows', shape('  os: !os Debian')],
  ['base64', shape('  os: !!binary RGViaWFu')],
  ['base64 that is none', shape('  os: !!binary Debian!')],
  ['escapes', shape('  os: "D\\u00e9bian\\x41"')],
  ['folded text', shape('  release: >-\n    one\n    two')],
  ['text with a colon in it', shape('  description: Debian: stable')],
  ['an open quote', shape('  os: "Debian')],
  ['a tab for indentation', shape().replaceAll('  os', '\tos')],
  ['text that begins with @', shape('  os: @os@')],
  ['a control character', shape('  description: a\u0007b')],
  ['an alias', shape('os: &os Debian', '  os: *os').replace('os: &os', 'x-os: &os')],
  ['an alias of nothing', shape('  os: *os')],
  ['an alias of nothing where nobody looks', `${shape()}other: *os\n`],
  ['an alias of an anchor that comes later', `x: *os\n${shape('  os: &os Debian')}`],
  [
    'a merge key',
    `x: &x {os: Merged, release: one}\n${shape('  <<: *x').replace(/ {2}os: .*\n {2}release: .*\n| {2}os.*\n| {2}release.*\n/g, '')}`,
  ],
  ['a merge key before a name that is written too', `x: &x {os: Merged}\n${shape('  <<: *x')}`],
  [
    'a merge key of a list',
    `x: &x {os: A}\ny: &y {os: B}\n${shape('  <<: [*x, *y]').replace(/ {2}os: .*\n/, '')}`,
  ],
  ['a merge key of text', shape('  <<: Debian')],
  ['a merge key of nothing', shape('  <<:')],
  ['a merge of itself', shape().replace('properties:', 'properties: &p').replace('  os', '  <<: *p\n  os')],
  ['a list among the properties', shape('  description: [a, b]')],
  ['a mapping among the properties', shape('  labels: {a: b}')],
  ['what a template engine left', shape('  os: {{ image.os }}')],
  ['nested requirements among the properties', shape('  requirements: {secureboot: false}')],
  ['nested requirements at the top', shape('requirements: {nesting: true}')],
  ['properties that are text', `${TOP.join('\n')}\nproperties: os\n`],
  ['properties without indentation', `${TOP.join('\n')}\nproperties:\n${PROPERTIES.slice(1).join('\n')}\n`],
  [
    'JSON',
    JSON.stringify(
      {
        architecture: 'x86_64',
        creation_date: 1,
        properties: { architecture: 'x', description: '', os: 'a', release: 'b', variant: 'c' },
      },
      null,
      2,
    ),
  ],
  ['a template', template('when: [create, copy]', 'create_only: true')],
  ['when that is no list', template('when: create')],
  ['when with a mapping in it', template('when: [{create: true}]')],
  ['create_only by the word of YAML 1.1', template('create_only: yes')],
  ['create_only that is a number', template('create_only: 1')],
  ['create_only in quotes', template('create_only: "true"')],
  ['properties of a template that are text', template('properties: default')],
  ['a mode without quotes', template('mode: 0644')],
  ['a mode that is a list', template('mode: [6, 4, 4]')],
  ['templates that are a list', `${shape()}templates: [hostname.tpl]\n`],
  ['a list', '- architecture: x86_64\n'],
  ['nothing at all', ''],
  ['text', 'hello\n'],
];

/** What the Incus of this machine bears, and imgsrv refuses: why, and the words of the refusal. */
export const REFUSED_SHAPES: readonly [...MetadataShape, why: string, reason: RegExp][] = [
  [
    'a name twice',
    shape().replace('  os:', '  os: Ubuntu\n  os:'),
    'Incus 7 refuses it',
    /line 7: "os" stands there twice, first in line 6/,
  ],
  [
    'a name twice where nobody looks',
    `a: 1\na: 2\n${shape()}`,
    'Incus 7 refuses it',
    /line 2: "a" stands there twice/,
  ],
  [
    'a second document',
    `${shape()}---\narchitecture: aarch64\n`,
    'Incus 7 refuses it',
    /near line 11: a second document/,
  ],
  [
    'a merge key after a name that is written too',
    `x: &x {os: Merged}\n${shape('  os: Debian').replace('  os: Debian', '  os: Debian\n  <<: *x')}`,
    'Incus 7 takes the other value',
    /line 7: "os" is merged in by << as well/,
  ],
  [
    'a template of nothing',
    `${shape()}templates:\n  /etc/hostname:\n`,
    'its daemon ends',
    /line 11: "\/etc\/hostname" is a template of nothing/,
  ],
  [
    'a template of no file',
    template('when: [create]').replace('hostname.tpl', ''),
    'no instance starts',
    /names no file/,
  ],
  [
    'a template whose file is not there',
    template('when: [create]').replace('hostname.tpl', 'none.tpl'),
    'no instance starts',
    /line 12: "template" is "none\.tpl", but the archive has no regular file "templates\/none\.tpl"/,
  ],
  [
    'a template elsewhere',
    template('when: [create]').replace('hostname.tpl', '../metadata.yaml'),
    'no instance starts',
    /not the name of a file in templates/,
  ],
  [
    'a template for another place',
    template('when: [create]').replace('/etc/hostname', '/../etc/hostname'),
    'it leads out of the instance',
    /leads out of the image/,
  ],
  [
    'what a shell left',
    shape('  release: $(lsb_release -cs)'),
    'nobody wants it listed',
    /line 7: "release" is "\$\(lsb_release -cs\)", which was to be filled in/,
  ],
  [
    'what a template engine left in quotes',
    shape('  os: "{{ image.os }}"'),
    'nobody wants it listed',
    /line 6: "os" is .* filled in/,
  ],
];

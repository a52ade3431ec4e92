import { portablePattern } from './portable-pattern.js';

it.each([
  [/^[a-z]{1,3}$/, { pattern: '^[a-z]{1,3}$' }],
  [/^a\/b$/, { pattern: '^a\\/b$' }],
  [/^(?=.{3,255}$)[a-z]+\/[a-z]+$/, { pattern: '^[a-z]+\\/[a-z]+$', minLength: 3, maxLength: 255 }],
  [
    /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,255}$/u,
    {
      pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]*$',
      minLength: 1,
      maxLength: 255,
      rest: 'No unpaired surrogates. Not only blanks.',
    },
  ],
  [
    /^[^\p{Cc}\p{Cs}/\\]{0,9}$/u,
    { pattern: '^[^\\x00-\\x1f\\x7f-\\x9f/\\\\]*$', maxLength: 9, rest: 'No unpaired surrogates.' },
  ],
  [/^[^\0\p{Cs}]*$/u, { pattern: '^[^\\x00]*$', rest: 'No unpaired surrogates.' }],
  [
    /^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u,
    { pattern: '^(?:[^\\x00-\\x1f\\x7f-\\x9f]|[\\t\\n\\r])*$', rest: 'No unpaired surrogates.' },
  ],
])('carries %s over', (ours, schema) => {
  expect(portablePattern(ours)).toEqual(schema);
});

it.each([/^\p{L}+$/u, /^(?!x)a$/, /^(?<=x)a$/, /^(?<n>a)\k<n>$/, /^(a)\1$/, /^\u{1f4a5}$/u])(
  'refuses %s',
  (ours) => {
    expect(() => portablePattern(ours)).toThrow('cannot be documented');
  },
);

it('accepts whatever the rule accepts', () => {
  const ours = /^(?=.*\S)[^\p{Cc}\p{Cs}]{1,255}$/u;
  const { pattern, minLength = 0, maxLength = Infinity } = portablePattern(ours);
  const texts = [
    'a',
    'é ü',
    '\u{1f4a5}'.repeat(255),
    'x'.repeat(255),
    ' a ',
    '漢字',
    'a-b[]^$',
    '\ue000',
    '\uffff',
  ];
  for (const text of texts) {
    const size = Array.from(text).length;
    expect([text, ours.test(text)]).toEqual([text, true]);
    expect([text, new RegExp(pattern).test(text) && size >= minLength && size <= maxLength]).toEqual([
      text,
      true,
    ]);
  }
});

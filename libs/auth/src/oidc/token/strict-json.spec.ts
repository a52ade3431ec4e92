import { parseStrictJson } from './strict-json.js';

describe('strict JSON', () => {
  it.each([
    '{}',
    '{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}',
    '{"a":"\\"a\\":","b":"{\\"b\\":1,\\"b\\":2}"}',
    ' { "a" : [ ] } ',
    '["a","a"]',
    '{"constructor":1,"toString":2}',
    '"x"',
  ])('reads %s as JSON.parse does', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['a key twice', '{"a":1,"a":1}'],
    ['a key twice with another between', '{"a":1,"b":2,"a":3}'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}'],
    ['a key twice with blanks', '{"a" : 1, "a"\n: 2}'],
    ['a key twice further in', '{"x":[{"a":1,"a":2}]}'],
    ['a key twice around an object', '{"a":{"b":1},"a":2}'],
    ['a key twice around strings that look like structure', '{"a":"}","b":"{","a":1}'],
    ['__proto__', '{"__proto__":{}}'],
    ['__proto__, escaped', '{"__pr\\u006fto__":{}}'],
    ['__proto__ further in', '{"a":[{"__proto__":1}]}'],
    ['deep nesting', '['.repeat(17) + ']'.repeat(17)],
    ['trailing data', '{} {}'],
    ['half a text', '{"a":'],
    ['nothing', ''],
  ])('refuses %s', (_what, text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  });
});

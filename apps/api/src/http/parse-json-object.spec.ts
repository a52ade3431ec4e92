import { InvalidRequestError } from './http.errors.js';
import { parseJsonObject } from './parse-json-object.js';

describe('JSON bodies', () => {
  it('are one object in UTF-8', () => {
    expect(parseJsonObject(Buffer.from('{"name":"dä"}'))).toEqual({ name: 'dä' });
  });

  it.each([
    ['nothing', ''],
    ['half an object', '{"a":'],
    ['trailing data', '{} {}'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['NaN', '{"a":NaN}'],
    ['a prototype key', '{"a":{"__proto__":{"x":1}}}'],
    ['an escaped prototype key', '{"\\u005f_proto__":{"x":1}}'],
    ['a doubled prototype key', '{"__proto__":1,"__proto__":2}'],
    ['a constructor that reaches for the prototype', '{"constructor":{"prototype":{"x":1}}}'],
    ['33 levels', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
    ['a bomb of brackets', `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ])('are refused for %s', (_case, text) => {
    expect(() => parseJsonObject(Buffer.from(text))).toThrow(InvalidRequestError);
  });

  it.each([
    ['half a surrogate pair', '{"a":["x","\\ud800"]}', '/a/1'],
    ['halves in the wrong order', '{"a":{"b/c":"\\udc00\\ud800"}}', '/a/b~1c'],
    ['a NUL', '{"a":"x\\u0000"}', '/a'],
    ['a name that is half a surrogate pair', '{"a":{"\\ud800":1}}', '/a'],
    ['a name with a NUL', '{"\\u0000":1}', ''],
  ])('are refused for %s, which no database keeps, with a pointer', (_case, text, pointer) => {
    let thrown: unknown;
    try {
      parseJsonObject(Buffer.from(text));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InvalidRequestError);
    expect(thrown).toMatchObject({ members: { errors: [{ pointer }] } });
  });

  it('may hold every character that there is', () => {
    expect(parseJsonObject(Buffer.from('{"a":"\\ud83d\\ude00\\uffff"}'))).toEqual({ a: '\u{1f600}\uffff' });
  });

  it('are refused when they are not UTF-8', () => {
    expect(() => parseJsonObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toThrow(
      InvalidRequestError,
    );
  });
});

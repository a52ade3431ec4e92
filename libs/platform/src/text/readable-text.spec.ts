import { isReadableProse, isReadableText } from './readable-text.js';

const READABLE: [string, string][] = [
  ['nothing', ''],
  ['letters of any script', 'Debian 13 „Trixie“ Ünïx 日本語 עברית العربية ไทย'],
  ['accents that stand alone', 'e\u0301'],
  ['an emoji', '🐧'],
  ['an emoji of several', '👩‍🚀'],
  ['an emoji of several with a colour of skin', '👩🏽‍🚀'],
  ['a family', '👨‍👩‍👧‍👦'],
  ['a flag of a rainbow', '🏳️‍🌈'],
  ['a burning heart', '❤️‍🔥'],
  ['a key', '1️⃣'],
  ['a flag', '🇩🇪'],
  ['Persian with a non-joiner', 'می\u200cخواهم'],
  ['Hindi with a joiner', 'क्\u200dष'],
  ['Hindi with a non-joiner', 'क्\u200cष'],
  ['Sinhala with a joiner', 'ශ්\u200dරී'],
  ['Malayalam with a joiner inside', 'ന്\u200dറ'],
  ['a variant of a Han character', '葛\u{e0100}'],
  ['a replacement character', '\ufffd'],
];

const UNREADABLE: [string, string][] = [
  ['NUL', 'a\0b'],
  ['a terminal escape', '\u001b[31m'],
  ['DEL', '\u007f'],
  ['a control character of Latin-1', '\u0085'],
  ['a half of a surrogate pair', 'a\ud800'],
  ['a line separator', 'a\u2028b'],
  ['a paragraph separator', 'a\u2029b'],
  ['an annotation', 'a\ufff9b'],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e].map(
    (code) =>
      [`the embedding or override U+${code.toString(16)}`, `a${String.fromCodePoint(code)}b`] as [
        string,
        string,
      ],
  ),
  ...[0x2066, 0x2067, 0x2068, 0x2069].map(
    (code) => [`the isolate U+${code.toString(16)}`, `a${String.fromCodePoint(code)}b`] as [string, string],
  ),
  ...[0x200e, 0x200f, 0x061c].map(
    (code) =>
      [`the direction mark U+${code.toString(16)}`, `a${String.fromCodePoint(code)}b`] as [string, string],
  ),
  ['a zero-width space', 'de\u200bbian'],
  ['a byte order mark', '\ufeffdebian'],
  ['a word joiner', 'de\u2060bian'],
  ['an invisible operator', 'de\u2063bian'],
  ['a soft hyphen', 'de\u00adbian'],
  ['a grapheme joiner', 'de\u034fbian'],
  ['a Hangul filler', 'a\u3164b'],
  ['a joiner between Latin letters', 'de\u200dbian'],
  ['a non-joiner between Latin letters', 'de\u200cbian'],
  ['a joiner at the beginning', '\u200d🚀'],
  ['a joiner at the end', '👩\u200d'],
  ['a joiner behind a digit', '1\u200d🚀'],
  ['two joiners in an emoji', '👩\u200d\u200d🚀'],
  ['two non-joiners in Persian', 'می\u200c\u200cخواهم'],
  ['a non-joiner between scripts', 'می\u200cdebian'],
  ['two variation selectors', '❤\ufe0f\ufe0f'],
  ['a variation selector of a letter', 'a\ufe0f'],
  ['text hidden in variation selectors', `😀${'\u{e0101}'.repeat(8)}`],
  ['text hidden in tags', `🏴${'\u{e0067}'.repeat(4)}\u{e007f}`],
];

describe('isReadableText', () => {
  test.each(READABLE)('accepts %s', (_what, text) => {
    expect(isReadableText(text)).toBe(true);
  });

  test.each([...UNREADABLE, ['a tab', 'a\tb'], ['a line break', 'a\nb'], ['a carriage return', 'a\rb']])(
    'refuses %s',
    (_what, text) => {
      expect(isReadableText(text)).toBe(false);
    },
  );

  test.each(['\u200d', '👩\u200d', 'ی\u200c', '葛\u{e0100}', '1\ufe0f'])(
    'is done soon with many of %j',
    (text) => {
      const startedAt = performance.now();
      isReadableText(text.repeat(100_000));
      expect(performance.now() - startedAt).toBeLessThan(1000);
    },
  );
});

describe('isReadableProse', () => {
  test.each([...READABLE, ['tabs and line breaks', 'a\tb\r\nc']])('accepts %s', (_what, text) => {
    expect(isReadableProse(text)).toBe(true);
  });

  test.each(UNREADABLE)('refuses %s', (_what, text) => {
    expect(isReadableProse(text)).toBe(false);
  });
});

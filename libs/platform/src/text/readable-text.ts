import { isStorableText } from './storable-text.js';

/** Control characters, line and paragraph separators, and the marks of annotations, which nothing shows. */
const CONTROL = /[\p{Cc}\u2028\u2029\ufff9-\ufffb]/u;
const CONTROL_BUT_LINES = /[^\P{Cc}\t\n\r]|[\u2028\u2029\ufff9-\ufffb]/u;

/**
 * What changes the order of the text around it, and what is drawn as nothing: embeddings, overrides, isolates and
 * direction marks; zero-width spaces and joiners, soft hyphens, fillers, tags and variation selectors.
 */
const INVISIBLE = /[\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/u;

/** Scripts that are not written right without joiners and non-joiners between their letters. */
const JOINED_SCRIPTS = [
  ...['Arabic', 'Syriac', 'Mandaic', 'Nko', 'Mongolian', 'Adlam', 'Hanifi_Rohingya'],
  ...['Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada', 'Malayalam'],
  ...['Sinhala', 'Khmer', 'Myanmar', 'Tibetan', 'Balinese', 'Javanese', 'Sundanese'],
];

/**
 * Where an invisible character belongs to how an emoji or a script is written, after UTS 51, UTS 37 and appendix A of
 * RFC 5892, with the script in the place of joining types, which regular expressions do not know. The character before
 * is always a visible one, so never are two in a row.
 */
const PERMITTED = new RegExp(
  [
    String.raw`\u200d(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\ufe0f?\u200d)(?=\p{Extended_Pictographic})`,
    String.raw`[\ufe0e\ufe0f](?<=\p{Emoji}.)`,
    String.raw`[\ufe00-\ufe02\u{e0100}-\u{e01ef}](?<=\p{Script=Han}.)`,
    ...JOINED_SCRIPTS.map((script) => String.raw`[\u200c\u200d](?<=\p{scx=${script}}.)(?=\p{scx=${script}})`),
  ].join('|'),
  'gu',
);

/**
 * Whether people see the text as it is: a name or another single line. It can be stored, has no control characters, and
 * nothing in it is invisible or turns around what stands beside it, so that two texts that look alike are alike and a
 * text ends where it seems to. Joiners inside of emojis and of scripts that need them are fine. Time is linear.
 */
export function isReadableText(text: string): boolean {
  return isStorableText(text) && !CONTROL.test(text) && !hidesSomething(text);
}

/** As `isReadableText`, for text that may also have tabs and line breaks, such as a description. */
export function isReadableProse(text: string): boolean {
  return isStorableText(text) && !CONTROL_BUT_LINES.test(text) && !hidesSomething(text);
}

function hidesSomething(text: string): boolean {
  return INVISIBLE.test(text) && INVISIBLE.test(text.replace(PERMITTED, ''));
}

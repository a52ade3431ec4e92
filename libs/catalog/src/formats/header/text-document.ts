import { isUtf8 } from 'node:buffer';

const PROBE_BYTES = 4096;
/** Control characters that no text has. */
const BINARY = /[^\P{Cc}\t\n\f\r]/u;
/** Of a UTF-8 character that the end of the probe cuts through. */
const LONGEST_REST_BYTES = 3;

const KINDS: readonly (readonly [RegExp, string])[] = [
  [
    /^version https:\/\/[a-z.-]+\/spec\/v\d/,
    'a Git LFS pointer; fetch the file that it stands for with git lfs pull',
  ],
  [/^<(?:!doctype html|html|head|body|title)\b/i, 'an HTML page, as servers send in the place of a file'],
  [/^<[?!a-z]/i, 'an XML document, as object stores send in the place of a file'],
  [/^[{[]/, 'a JSON document, as servers send in the place of a file'],
];

/**
 * What a file is that begins with nothing but text, after "is" or "are"; undefined for anything else. A disk begins with
 * code, a table or zeros.
 */
export function describeTextDocument(head: Buffer): string | undefined {
  const text = decode(head.subarray(0, PROBE_BYTES))?.trimStart();
  if (text === undefined || BINARY.test(text)) {
    return undefined;
  }
  return KINDS.find(([pattern]) => pattern.test(text))?.[1] ?? 'text';
}

function decode(probe: Buffer): string | undefined {
  const mark = probe.toString('hex', 0, 2);
  if (mark === 'fffe') return new TextDecoder('utf-16le').decode(probe);
  if (mark === 'feff') return new TextDecoder('utf-16be').decode(probe);
  if (probe.length === 0) return undefined;
  const text = probe.toString('utf8').replace(/^\ufeff/, '');
  // Pages in older encodings are told by their first character.
  return isUtf8Beginning(probe) || /^\s*</.test(text) ? text : undefined;
}

function isUtf8Beginning(probe: Buffer): boolean {
  return Array.from({ length: LONGEST_REST_BYTES + 1 }).some((_value, rest) =>
    isUtf8(probe.subarray(0, probe.length - rest)),
  );
}

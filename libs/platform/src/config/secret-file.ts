import { readFileSync } from 'node:fs';

/**
 * The secret that a file holds, without the line end that editors and `echo` put after it.
 * Throws an Error whose message completes "must be …" and shows nothing of the content.
 */
export function readSecretFile(file: string): string {
  const text = read(file).replace(/\r?\n$/, '');
  if (text === '') {
    throw new Error('a file that holds something');
  }
  if (/[\r\n]/.test(text)) {
    throw new Error('a file of one line');
  }
  return text;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new Error('a readable file');
  }
}

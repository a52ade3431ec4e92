import { Readable } from 'node:stream';
import { readSlice } from '../files/digest-file.js';
import { FileChangedError } from './upload.errors.js';

/** A part of a file as a body, which tells how much of it was taken so far. Fails when the file has become shorter. */
export function countedBody(
  file: string,
  slice: { readonly start: number; readonly end: number },
  onSent: (bytes: number) => void,
): Readable {
  return Readable.from(counted(file, slice, onSent), { objectMode: false });
}

async function* counted(
  file: string,
  slice: { readonly start: number; readonly end: number },
  onSent: (bytes: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  let bytes = 0;
  for await (const chunk of readSlice(file, slice)) {
    bytes += chunk.length;
    onSent(bytes);
    yield chunk;
  }
  // A body that is too short would leave the server waiting for the rest.
  if (bytes !== slice.end - slice.start) throw new FileChangedError(file);
}

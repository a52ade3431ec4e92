// Gives content to the readers of the service, as built, and tells what came of it. A process of its own, so that even a
// loop that never ends is noticed by whoever sends the content.
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { checkDeclaredFormat } from '../../dist/libs/catalog/src/formats/check-declared-format.js';
import { IMAGE_FORMATS } from '../../dist/libs/catalog/src/formats/image-formats.js';
import { qcow2Content } from '../../dist/libs/catalog/src/formats/qcow2/qcow2-content.js';
import { inspectHeader } from '../../dist/libs/catalog/src/formats/inspect-header.js';
import { isStorableJson } from '../../dist/libs/platform/src/index.js';
import { InvalidImageMetadataError } from '../../dist/libs/streams/src/metadata/invalid-image-metadata.error.js';
import { parseImageMetadata } from '../../dist/libs/streams/src/metadata/parse-image-metadata.js';
import { readImageMetadata } from '../../dist/libs/streams/src/metadata/read-image-metadata.js';

process.on('message', ({ reader, bytes, sizeBytes }) => {
  read(reader, Buffer.from(bytes), sizeBytes).then(
    (outcome) => process.send({ outcome }),
    (error) => process.send({ outcome: 'unexpected', error: String(error?.stack ?? error) }),
  );
});

async function read(reader, bytes, sizeBytes) {
  if (reader === 'header') {
    const inspection = inspectHeader(bytes, sizeBytes);
    const refusals = IMAGE_FORMATS.map(({ name }) => checkDeclaredFormat(name, inspection));
    return toOutcome(inspection, refusals.includes(undefined));
  }
  const contentCheck =
    reader === 'qcow2 content'
      ? qcow2Content
      : IMAGE_FORMATS.find(({ name }) => name === reader)?.contentCheck;
  if (contentCheck !== undefined) {
    const { problem } = await contentCheck.judge(sourceOf(bytes));
    return toOutcome(problem ?? '', problem === undefined);
  }
  try {
    const metadata =
      reader === 'yaml'
        ? parseImageMetadata(bytes)
        : await readImageMetadata(Readable.from([bytes], { objectMode: false }), reader);
    return toOutcome(metadata, true);
  } catch (error) {
    if (!(error instanceof InvalidImageMetadataError)) throw error;
    return toOutcome(error.message, false);
  }
}

function sourceOf(bytes) {
  const open = async ({ start, end } = { start: 0, end: bytes.length - 1 }) => {
    if (bytes.length === 0 && end === -1) return Readable.from([], { objectMode: false });
    if (start < 0 || end < start || end >= bytes.length) throw new Error(`no range: ${start} to ${end}`);
    return Readable.from([bytes.subarray(start, end + 1)], { objectMode: false });
  };
  return { sizeBytes: bytes.length, signal: new globalThis.AbortController().signal, open };
}

function toOutcome(stored, isAccepted) {
  if (!isStorableJson(stored)) throw new Error(`this cannot be stored: ${JSON.stringify(stored)}`);
  return isAccepted ? 'accepted' : 'refused';
}

process.send('ready');

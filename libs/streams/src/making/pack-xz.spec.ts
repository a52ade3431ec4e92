import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { decompressXz } from '@imgsrv/catalog';
import { packXz } from './pack-xz.js';

const SIZES = [0, 1, 3, 4, 127, 128, 4096, 65_535, 65_536, 65_537, 300_000];

it.each(SIZES)('gives %d bytes back', async (size) => {
  const content = randomBytes(size);
  const packed = packXz(content);
  expect(execFileSync('xz', ['-dc'], { input: packed }).equals(content)).toBe(true);
  const pieces: Uint8Array[] = [];
  for await (const piece of decompressXz(chunksOf(packed))) pieces.push(Buffer.from(piece));
  expect(Buffer.concat(pieces).equals(content)).toBe(true);
});

it('is refused by xz when a byte of it is another one', () => {
  const packed = packXz(Buffer.from('some content'));
  packed.writeUInt8(packed.readUInt8(40) ^ 1, 40);
  expect(() => execFileSync('xz', ['-dc'], { input: packed, stdio: ['pipe', 'pipe', 'ignore'] })).toThrow();
});

async function* chunksOf(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield bytes;
}

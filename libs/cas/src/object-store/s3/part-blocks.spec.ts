import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PartLengthRequiredError } from '../object-store.errors.js';
import { BlockMemory, PartBlocks } from './part-blocks.js';

const MIB = 2 ** 20;

function fill(memory: BlockMemory, ...chunks: Buffer[]): Promise<PartBlocks> {
  const blocks = new PartBlocks(memory);
  return pipeline(Readable.from(chunks), blocks).then(
    () => blocks,
    (error: unknown) => {
      blocks.release();
      throw error;
    },
  );
}

describe('the memory of parts whose size is not known', () => {
  it.each([[[]], [[1]], [[256 * 1024]], [[256 * 1024 + 1]], [[100, 700_000, 1, 300_000]]])(
    'keeps chunks of %j bytes as they came',
    async (sizes) => {
      const chunks = sizes.map((size) => randomBytes(size));
      const blocks = await fill(new BlockMemory(), ...chunks);
      expect(blocks.sizeBytes).toBe(Buffer.concat(chunks).length);
      expect(Buffer.concat(blocks.filled).equals(Buffer.concat(chunks))).toBe(true);
    },
  );

  it('is shared by all, and is there again when one is done', async () => {
    const memory = new BlockMemory(2 * MIB);
    const one = await fill(memory, randomBytes(1.5 * MIB));
    await expect(fill(memory, randomBytes(MIB))).rejects.toBeInstanceOf(PartLengthRequiredError);
    const other = await fill(memory, randomBytes(0.5 * MIB));
    one.release();
    other.release();
    await fill(memory, randomBytes(2 * MIB));
  });

  it('does not hold the buffers that small chunks are pieces of', async () => {
    const socket = randomBytes(MIB);
    const blocks = await fill(new BlockMemory(), socket.subarray(0, 1), socket.subarray(9, 10));
    expect(blocks.filled.every(({ buffer }) => buffer !== socket.buffer)).toBe(true);
  });
});

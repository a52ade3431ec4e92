import { ReusableBuffers } from './reusable-buffers.js';
import { SlabPool } from './slab-pool.js';

/** Of slabs of one size. */
function poolOf(slabBytes: number, mostIdleBytes = 64): SlabPool {
  return new SlabPool({ largestBytes: slabBytes, smallestBytes: slabBytes, budgetBytes: 0, mostIdleBytes });
}

describe('ReusableBuffers', () => {
  const fill = (buffers: ReusableBuffers, text: string): Buffer => {
    buffers.room().write(text);
    return buffers.take(text.length);
  };

  it('lets small reads share a slab and starts another when its room is too small', () => {
    const buffers = new ReusableBuffers(poolOf(16), 4 / 16);
    const [one, two, three] = [fill(buffers, '123456'), fill(buffers, '1234567'), fill(buffers, 'x')];
    expect(two.buffer).toBe(one.buffer);
    expect(three.buffer).not.toBe(one.buffer);
    expect([one, two, three].map(String)).toEqual(['123456', '1234567', 'x']);
  });

  it('offers the same room until something is taken', () => {
    const buffers = new ReusableBuffers(poolOf(16), 4 / 16);
    const room = buffers.room();
    expect(buffers.room().byteOffset).toBe(room.byteOffset);
    expect(buffers.room().buffer).toBe(room.buffer);
    expect(buffers.take(3).byteOffset).toBe(room.byteOffset);
    expect(buffers.room().byteOffset).toBe(room.byteOffset + 3);
  });

  it('never writes over a chunk that was not given back', () => {
    const buffers = new ReusableBuffers(poolOf(8), 4 / 8);
    const kept: Buffer[] = [];
    for (let n = 0; n < 200; n += 1) {
      const chunk = fill(buffers, String(n).padStart(5));
      if (n % 3 === 0) kept.push(chunk);
      else buffers.giveBack(chunk);
    }
    expect(kept.map((chunk) => Number(chunk.toString()))).toEqual(kept.map((_, index) => index * 3));
  });

  it('uses a slab again only when all of its chunks were given back', () => {
    const buffers = new ReusableBuffers(poolOf(8), 4 / 8);
    const [one, two] = [fill(buffers, 'aaaa'), fill(buffers, 'bbbb')];
    const other = fill(buffers, 'cccccccc');
    buffers.giveBack(one);
    expect(fill(buffers, 'dddddddd').buffer).not.toBe(one.buffer);
    expect(two.toString()).toBe('bbbb');
    buffers.giveBack(two);
    expect(fill(buffers, 'eeeeeeee').buffer).toBe(one.buffer);
    expect(other.toString()).toBe('cccccccc');
  });

  it('does not move the room under a read that is on its way', () => {
    const buffers = new ReusableBuffers(poolOf(16), 4 / 16);
    const one = fill(buffers, '1234');
    const room = buffers.room();
    buffers.giveBack(one);
    room.write('5678');
    expect(buffers.take(4).toString()).toBe('5678');
  });

  it.each<[string, (chunk: Buffer) => Buffer]>([
    ['twice', (chunk) => chunk],
    ['with its end cut off', (chunk) => chunk.subarray(0, -1)],
    ['as another view', (chunk) => chunk.subarray()],
    ['as a copy', (chunk) => Buffer.from(chunk)],
  ])('is not misled by a chunk that is given back %s', (_, distort) => {
    const buffers = new ReusableBuffers(poolOf(8), 8 / 8);
    const chunk = fill(buffers, '12345678');
    buffers.giveBack(distort(chunk));
    buffers.giveBack(distort(chunk));
    const next = [fill(buffers, 'aaaaaaaa'), fill(buffers, 'bbbbbbbb')];
    buffers.giveBack(distort(chunk));
    expect([...next, fill(buffers, 'cccccccc')].map(String)).toEqual(['aaaaaaaa', 'bbbbbbbb', 'cccccccc']);
  });

  describe('after the stream', () => {
    let pool: SlabPool;
    let first: ReusableBuffers;
    beforeEach(() => {
      pool = poolOf(8, 32);
      first = new ReusableBuffers(pool, 1 / 2);
    });

    /** What a stream of its own writes, into whatever memory there is. */
    const overwrite = () => {
      const next = new ReusableBuffers(pool, 1 / 2);
      return Array.from({ length: 8 }, () => fill(next, 'XXXXXXXX'));
    };

    it('hands over memory whose chunks all came back, and no other', () => {
      const [back, kept] = [fill(first, 'aaaaaaaa'), fill(first, 'bbbbbbbb')];
      first.giveBack(back);
      first.close();
      const used = overwrite().map(({ buffer }) => buffer);
      expect(used).toContain(back.buffer);
      expect(used).not.toContain(kept.buffer);
      expect(kept.toString()).toBe('bbbbbbbb');
    });

    it('hands over a slab only with its last chunk', () => {
      const [one, two] = [fill(first, 'aaaa'), fill(first, 'bbbb')];
      first.close();
      first.giveBack(one);
      overwrite();
      expect(two.toString()).toBe('bbbb');
      first.giveBack(two);
      expect(pool.idleBytes).toBe(8);
    });

    it('hands each slab over once, however often it is closed or given back to', () => {
      const chunk = fill(first, 'aaaaaaaa');
      first.close();
      first.giveBack(chunk);
      first.close();
      first.giveBack(chunk);
      expect(pool.idleBytes).toBe(8);
      const buffers = overwrite().map(({ buffer }) => buffer);
      expect(new Set(buffers).size).toBe(buffers.length);
    });

    it('hands nothing to another stream while it is open', () => {
      first.giveBack(fill(first, 'aaaaaaaa'));
      const room = first.room();
      expect(pool.idleBytes).toBe(0);
      overwrite();
      room.write('bbbb');
      expect(first.take(4).toString()).toBe('bbbb');
    });

    it('keeps no more memory than it is allowed to', () => {
      const chunks = Array.from({ length: 9 }, () => fill(first, 'aaaaaaaa'));
      first.close();
      chunks.forEach((chunk) => {
        first.giveBack(chunk);
      });
      expect(pool.idleBytes).toBe(32);
    });
  });
});

it('a stream whose reader gives nothing back does not make the slabs of others small', () => {
  const pool = new SlabPool({
    largestBytes: 64,
    smallestBytes: 8,
    budgetBytes: 16 * 3 * 64,
    mostIdleBytes: 0,
  });
  const buffers = new ReusableBuffers(pool, 1);
  for (let read = 0; read < 1000; read += 1) {
    buffers.take(buffers.room().length);
  }
  expect(pool.slabBytes).toBe(32);
  buffers.close();
  expect(pool.slabBytes).toBe(64);
});

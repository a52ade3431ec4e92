import { SlabPool } from './slab-pool.js';

const KIB = 1024;

describe('SlabPool', () => {
  let pool: SlabPool;
  beforeEach(() => {
    pool = new SlabPool({
      largestBytes: 512 * KIB,
      smallestBytes: 64 * KIB,
      budgetBytes: 48 * KIB * KIB,
      mostIdleBytes: 1024 * KIB,
    });
  });

  /** Lends as many, and says how large they were together. */
  const lend = (count: number): number =>
    Array.from({ length: count }, () => pool.take().bytes.length).reduce((sum, bytes) => sum + bytes, 0);

  it.each([
    [0, 512],
    [48, 512],
    [49, 256],
    [95, 256],
    [96, 128],
    [143, 64],
    [1000, 64],
  ])('with %i slabs lent, the next has %i KiB', (slabs, kib) => {
    lend(slabs);
    expect(pool.slabBytes).toBe(kib * KIB);
    expect(pool.take().bytes).toHaveLength(kib * KIB);
  });

  it('lends no more than its budget to streams that begin one after the other', () => {
    expect(lend(3 * 70)).toBeLessThan(48 * KIB * KIB);
  });

  it('makes them large again when what was lent is settled', () => {
    pool.settle(lend(200));
    expect(pool.slabBytes).toBe(512 * KIB);
  });

  it('gives what was given back, of the size that is due', () => {
    const large = pool.take();
    large.usedBytes = 5;
    const lentBytes = lend(200);
    pool.giveBack(large);
    const small = pool.take();
    expect(small).not.toBe(large);
    pool.settle(lentBytes + small.bytes.length + large.bytes.length);
    expect(pool.take()).toBe(large);
    expect([large.usedBytes, pool.idleBytes]).toEqual([0, 0]);
  });

  it('keeps no more than it may', () => {
    const slabs = Array.from({ length: 5 }, () => pool.take());
    slabs.forEach((slab) => {
      pool.giveBack(slab);
    });
    expect(pool.idleBytes).toBe(1024 * KIB);
  });
});

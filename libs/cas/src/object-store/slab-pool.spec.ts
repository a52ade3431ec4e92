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

  const open = (count: number) => {
    for (let opened = 0; opened < count; opened += 1) pool.streamOpened();
  };

  it.each([
    [0, 512],
    [1, 512],
    [32, 512],
    [33, 256],
    [64, 256],
    [128, 128],
    [200, 64],
    [10_000, 64],
  ])('makes slabs for %i streams of %i KiB', (streams, kib) => {
    open(streams);
    expect(pool.slabBytes).toBe(kib * KIB);
    expect(pool.take().bytes).toHaveLength(kib * KIB);
  });

  it('makes them large again when streams have ended', () => {
    open(200);
    for (let closed = 0; closed < 190; closed += 1) pool.streamClosed();
    expect(pool.slabBytes).toBe(512 * KIB);
  });

  it('gives what was given back, of the size that is due', () => {
    const large = pool.take();
    large.usedBytes = 5;
    pool.giveBack(large);
    open(200);
    const small = pool.take();
    expect(small).not.toBe(large);
    for (let closed = 0; closed < 200; closed += 1) pool.streamClosed();
    expect(pool.take()).toBe(large);
    expect(large.usedBytes).toBe(0);
    expect(pool.idleBytes).toBe(0);
  });

  it('keeps no more than it may', () => {
    const slabs = Array.from({ length: 5 }, () => pool.take());
    slabs.forEach((slab) => {
      pool.giveBack(slab);
    });
    expect(pool.idleBytes).toBe(1024 * KIB);
  });
});

import { ReusableBuffers } from './reusable-buffers.js';

describe('ReusableBuffers', () => {
  const fill = (buffers: ReusableBuffers, text: string): Buffer => {
    buffers.room().write(text);
    return buffers.take(text.length);
  };

  it('lets small reads share a slab and starts another when its room is too small', () => {
    const buffers = new ReusableBuffers(16, 4);
    const [one, two, three] = [fill(buffers, '123456'), fill(buffers, '1234567'), fill(buffers, 'x')];
    expect(two.buffer).toBe(one.buffer);
    expect(three.buffer).not.toBe(one.buffer);
    expect([one, two, three].map(String)).toEqual(['123456', '1234567', 'x']);
  });

  it('offers the same room until something is taken', () => {
    const buffers = new ReusableBuffers(16, 4);
    const room = buffers.room();
    expect(buffers.room().byteOffset).toBe(room.byteOffset);
    expect(buffers.room().buffer).toBe(room.buffer);
    expect(buffers.take(3).byteOffset).toBe(room.byteOffset);
    expect(buffers.room().byteOffset).toBe(room.byteOffset + 3);
  });

  it('never writes over a chunk that was not given back', () => {
    const buffers = new ReusableBuffers(8, 4);
    const kept: Buffer[] = [];
    for (let n = 0; n < 200; n += 1) {
      const chunk = fill(buffers, String(n).padStart(5));
      if (n % 3 === 0) kept.push(chunk);
      else buffers.giveBack(chunk);
    }
    expect(kept.map((chunk) => Number(chunk.toString()))).toEqual(kept.map((_, index) => index * 3));
  });

  it('uses a slab again only when all of its chunks were given back', () => {
    const buffers = new ReusableBuffers(8, 4);
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
    const buffers = new ReusableBuffers(16, 4);
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
    const buffers = new ReusableBuffers(8, 8);
    const chunk = fill(buffers, '12345678');
    buffers.giveBack(distort(chunk));
    buffers.giveBack(distort(chunk));
    const next = [fill(buffers, 'aaaaaaaa'), fill(buffers, 'bbbbbbbb')];
    buffers.giveBack(distort(chunk));
    expect([...next, fill(buffers, 'cccccccc')].map(String)).toEqual(['aaaaaaaa', 'bbbbbbbb', 'cccccccc']);
  });
});

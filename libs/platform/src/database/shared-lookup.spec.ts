import { setImmediate as turn } from 'node:timers/promises';
import { SharedLookup } from './shared-lookup.js';

interface Look {
  readonly keys: readonly string[];
  readonly answer: (found: ReadonlyMap<string, number>) => void;
  readonly fail: (error: Error) => void;
}

describe('SharedLookup', () => {
  let looks: Look[];
  let lookup: SharedLookup<string, number>;

  beforeEach(() => {
    looks = [];
    lookup = new SharedLookup(
      (keys) =>
        new Promise((answer, fail) => {
          looks.push({ keys, answer, fail });
        }),
    );
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function look(index: number): Look {
    const found = looks[index];
    if (found === undefined) {
      throw new Error(`there were ${looks.length} looks`);
    }
    return found;
  }

  it('fails those who wait for a look that fails, and nobody else', async () => {
    const first = lookup.get('a');
    const later = lookup.get('b');
    look(0).fail(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await turn();
    look(1).answer(new Map([['b', 2]]));
    await expect(later).resolves.toBe(2);
  });

  it('fails when `find` throws at once', async () => {
    const broken = new SharedLookup<string, number>(() => {
      throw new Error('not configured');
    });
    await expect(broken.get('a')).rejects.toThrow('not configured');
    await expect(broken.get('a')).rejects.toThrow('not configured');
  });

  it('gives undefined for what is not there', async () => {
    const missing = lookup.get('a');
    look(0).answer(new Map());
    await expect(missing).resolves.toBeUndefined();
  });

  it('looks at once when nobody looks', () => {
    void lookup.get('a');
    expect(looks.map(({ keys }) => keys)).toEqual([['a']]);
  });

  it('looks once for all that was asked while another look was under way', async () => {
    const answers = ['a', 'b', 'c', 'b'].map((key) => lookup.get(key));
    expect(looks).toHaveLength(1);
    look(0).answer(new Map([['a', 1]]));
    await turn();
    expect(looks.map(({ keys }) => keys)).toEqual([['a'], ['b', 'c']]);
    look(1).answer(
      new Map([
        ['b', 2],
        ['c', 3],
      ]),
    );
    await expect(Promise.all(answers)).resolves.toEqual([1, 2, 3, 2]);
  });

  it('never gives a caller what a look found that began before the call', async () => {
    const before = lookup.get('a');
    const after = lookup.get('a');
    look(0).answer(new Map([['a', 1]]));
    await expect(before).resolves.toBe(1);
    await turn();
    look(1).answer(new Map([['a', 2]]));
    await expect(after).resolves.toBe(2);
  });

  it('looks for at most 500 keys at once, and then for the rest', async () => {
    const answers = Array.from({ length: 1002 }, (_, key) => lookup.get(String(key)));
    for (const index of [0, 1, 2, 3]) {
      await turn();
      look(index).answer(new Map(look(index).keys.map((key) => [key, Number(key)])));
    }
    await expect(Promise.all(answers)).resolves.toEqual(answers.map((_, key) => key));
    expect(looks.map(({ keys }) => keys.length)).toEqual([1, 500, 500, 1]);
  });

  it('lets nobody wait long for a look that hangs, and hangs with three at most', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    void lookup.get('a');
    for (const key of ['b', 'c', 'd', 'e']) {
      void lookup.get(key);
      jest.advanceTimersByTime(25);
    }
    expect(looks.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c']]);
    look(1).answer(new Map());
    await turn();
    expect(looks.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c'], ['d', 'e']]);
  });
});

import { setImmediate as turn } from 'node:timers/promises';
import { ReadTurns } from './read-turns.js';

describe('ReadTurns', () => {
  let order: string[];
  let ends: Map<string, (error?: Error) => void>;
  let turns: ReadTurns;

  beforeEach(() => {
    order = [];
    ends = new Map();
    turns = new ReadTurns(2);
  });

  function read(name: string, goesOn: boolean): Promise<string> {
    return turns.run(goesOn, () => {
      order.push(name);
      return new Promise((resolve, reject) => {
        ends.set(name, (error) => {
          if (error === undefined) {
            resolve(name);
          } else {
            reject(error);
          }
        });
      });
    });
  }

  async function end(name: string, error?: Error): Promise<void> {
    ends.get(name)?.(error);
    await turn();
  }

  it('hands the place of a read that failed over, and fails as it did', async () => {
    const failing = expect(read('a', false)).rejects.toThrow('I/O');
    void read('b', false);
    void read('c', false);
    await end('a', new Error('I/O'));
    await failing;
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('lets no more happen at once than it is wide, and later ones when there is room', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => read(name, false));
    expect(order).toEqual(['a', 'b']);
    for (const name of ['a', 'b', 'c', 'd']) {
      await end(name);
    }
    await expect(Promise.all(all)).resolves.toEqual(['a', 'b', 'c', 'd']);
    void read('e', false);
    void read('f', true);
    void read('g', true);
    expect(order).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('lets those that go on pass those that begin', async () => {
    void read('a', false);
    void read('b', false);
    void read('begins', false);
    void read('goes on', true);
    await end('a');
    expect(order).toEqual(['a', 'b', 'goes on']);
    await end('b');
    expect(order).toEqual(['a', 'b', 'goes on', 'begins']);
  });

  it('lets one begin after three that went on, however many could', async () => {
    void read('a', false);
    void read('b', false);
    void read('begins', false);
    ['1', '2', '3', '4'].forEach((name) => void read(name, true));
    for (const name of ['a', 'b', '1', '2']) {
      await end(name);
    }
    expect(order).toEqual(['a', 'b', '1', '2', '3', 'begins']);
  });
});

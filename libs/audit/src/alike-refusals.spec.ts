import { AlikeRefusals } from './alike-refusals.js';

let passed: [string, number][];
let alike: AlikeRefusals<string>;

beforeEach(() => {
  jest.useFakeTimers();
  passed = [];
  alike = new AlikeRefusals(60_000, (latest, count) => passed.push([latest, count]));
});
afterEach(() => {
  alike.flush();
  jest.useRealTimers();
});

it('passes the first on at once, and the others once a minute with how many there were', () => {
  for (let number = 0; number < 1000; number += 1) alike.add('a', `a${number}`);
  expect(passed).toEqual([['a0', 1]]);
  jest.advanceTimersByTime(60_000);
  expect(passed).toEqual([
    ['a0', 1],
    ['a999', 999],
  ]);
});

it('does not pass on more than one a minute for as long as they come', () => {
  for (let second = 0; second < 600; second += 1) {
    alike.add('a', 'x');
    jest.advanceTimersByTime(1000);
  }
  expect(passed.length).toBeLessThanOrEqual(11);
});

it('tells others apart', () => {
  alike.add('a', 'a');
  alike.add('b', 'b');
  expect(passed).toHaveLength(2);
});

it('begins anew after a quiet minute', () => {
  alike.add('a', 'a');
  jest.advanceTimersByTime(60_000);
  alike.add('a', 'again');
  expect(passed).toEqual([
    ['a', 1],
    ['again', 1],
  ]);
});

it('loses nothing at the end, and keeps no timer', () => {
  alike.add('a', 'a');
  alike.add('a', 'again');
  alike.flush();
  expect(passed).toEqual([
    ['a', 1],
    ['again', 1],
  ]);
  expect(jest.getTimerCount()).toBe(0);
});

it('keeps a bounded number, and passes what is beyond on each time', () => {
  for (let number = 0; number < 10_000; number += 1) alike.add(String(number), '');
  alike.add('one more', '');
  alike.add('one more', '');
  expect(passed).toHaveLength(10_002);
  expect(jest.getTimerCount()).toBe(10_000);
});

import { Turns } from './turns.js';

const PATIENT = {
  signal: new AbortController().signal,
  longestMs: 60_000,
  onWaiting: () => undefined,
};

it('come one after the other, in the order in which they were asked for', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const first = await turns.take(PATIENT);
  const others = ['second', 'third'].map(async (name) => {
    const end = await turns.take(PATIENT);
    seen.push(name);
    end?.();
  });
  await new Promise(setImmediate);
  expect(seen).toEqual([]);
  first?.();
  await Promise.all(others);
  expect(seen).toEqual(['second', 'third']);
});

it('are not waited for longer than it is worth, and then are the turn of the next', async () => {
  const turns = new Turns();
  const first = await turns.take(PATIENT);
  const onWaiting = jest.fn();
  expect(await turns.take({ ...PATIENT, longestMs: 20, onWaiting })).toBeUndefined();
  expect(onWaiting).toHaveBeenCalledTimes(1);
  const third = turns.take(PATIENT);
  first?.();
  expect(await third).toBeInstanceOf(Function);
});

it('are given up with an abort, and then are the turn of the next', async () => {
  const turns = new Turns();
  const reason = new Error('canceled');
  const aborting = new AbortController();
  const first = await turns.take(PATIENT);
  const second = turns.take({ ...PATIENT, signal: aborting.signal });
  aborting.abort(reason);
  await expect(second).rejects.toBe(reason);
  await expect(turns.take({ ...PATIENT, signal: aborting.signal })).rejects.toBe(reason);
  const third = turns.take(PATIENT);
  first?.();
  expect(await third).toBeInstanceOf(Function);
});

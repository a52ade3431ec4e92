import { setImmediate as nextTurn } from 'node:timers/promises';
import { Slots } from './slots.js';

const PATIENT_MS = 60_000;
const tooLate = (): Error => new Error('too late');

function held(slots: Slots, patienceMs = PATIENT_MS) {
  let end: () => void = () => undefined;
  let hasBegun = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const done = slots.use(
    () => {
      hasBegun = true;
      return ended;
    },
    patienceMs,
    tooLate,
  );
  return { done, end, hasBegun: () => hasBegun };
}

describe('Slots', () => {
  it('lets no more than the limit go on at once, and the others in order', async () => {
    const slots = new Slots(2);
    const callers = [held(slots), held(slots), held(slots), held(slots)] as const;
    await nextTurn();
    expect(callers.map(({ hasBegun }) => hasBegun())).toEqual([true, true, false, false]);
    callers[1].end();
    await callers[1].done;
    await nextTurn();
    expect(callers.map(({ hasBegun }) => hasBegun())).toEqual([true, true, true, false]);
    callers.forEach(({ end }) => {
      end();
    });
    await Promise.all(callers.map(({ done }) => done));
    expect(callers[3].hasBegun()).toBe(true);
  });

  it('turns a caller away that waited too long, and never runs its work', async () => {
    const slots = new Slots(1);
    const first = held(slots);
    const second = held(slots, 1);
    await expect(second.done).rejects.toThrow('too late');
    first.end();
    await first.done;
    expect(second.hasBegun()).toBe(false);
    const third = held(slots);
    await nextTurn();
    expect(third.hasBegun()).toBe(true);
    third.end();
  });

  it('frees the slot of work that fails', async () => {
    const slots = new Slots(1);
    const failing = slots.use(() => Promise.reject(new Error('no')), PATIENT_MS, tooLate);
    await expect(failing).rejects.toThrow('no');
    await expect(slots.use(() => Promise.resolve('yes'), PATIENT_MS, tooLate)).resolves.toBe('yes');
  });
});

import { BodyPace } from './body-pace.js';

const LIMITS = { minBytesPerSecond: 1000, windowMs: 30_000 };
const NEEDED_BYTES = 30_000;

describe('BodyPace', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  function start(limits = LIMITS) {
    const body = { isWaiting: true, movedBytes: 0 };
    const onTooSlow = jest.fn();
    const moving = { isWaiting: () => body.isWaiting, movedBytes: () => body.movedBytes };
    return { body, onTooSlow, pace: new BodyPace(limits, moving, onTooSlow) };
  }

  it.each([
    { moved: 0, tooSlow: 1 },
    { moved: NEEDED_BYTES - 1, tooSlow: 1 },
    { moved: NEEDED_BYTES, tooSlow: 0 },
  ])('after one window with $moved bytes tells $tooSlow times', ({ moved, tooSlow }) => {
    const { body, pace, onTooSlow } = start();
    body.movedBytes += moved;
    jest.advanceTimersByTime(LIMITS.windowMs - 1);
    expect(onTooSlow).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(onTooSlow).toHaveBeenCalledTimes(tooSlow);
    pace.stop();
  });

  it('never tells of a body that keeps the rate, and soon of one that stops', () => {
    const { body, onTooSlow } = start();
    for (let window = 0; window < 100; window += 1) {
      body.movedBytes += NEEDED_BYTES;
      jest.advanceTimersByTime(LIMITS.windowMs);
    }
    expect(onTooSlow).not.toHaveBeenCalled();
    jest.advanceTimersByTime(LIMITS.windowMs);
    expect(onTooSlow).toHaveBeenCalledTimes(1);
  });

  it('does not count the time in which the body is not wanted', () => {
    const { pace, body, onTooSlow } = start();
    body.isWaiting = false;
    jest.advanceTimersByTime(100 * LIMITS.windowMs);
    body.isWaiting = true;
    jest.advanceTimersByTime(LIMITS.windowMs - 1);
    expect(onTooSlow).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(onTooSlow).toHaveBeenCalledTimes(1);
    pace.stop();
  });

  it('tells once', () => {
    const { onTooSlow } = start();
    jest.advanceTimersByTime(10 * LIMITS.windowMs);
    expect(onTooSlow).toHaveBeenCalledTimes(1);
  });

  it('says nothing without a limit', () => {
    const { onTooSlow } = start({ ...LIMITS, minBytesPerSecond: 0 });
    jest.advanceTimersByTime(10 * LIMITS.windowMs);
    expect(onTooSlow).not.toHaveBeenCalled();
  });

  it('says nothing after it was stopped', () => {
    const { pace, onTooSlow } = start();
    pace.stop();
    jest.advanceTimersByTime(10 * LIMITS.windowMs);
    expect(onTooSlow).not.toHaveBeenCalled();
  });
});

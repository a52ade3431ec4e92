import { countPassingBytes } from './passing-bytes.js';

const MIB = 2 ** 20;
const global = globalThis as { gc?: (options: object) => void };
const before = global.gc;

afterEach(() => {
  if (before === undefined) delete global.gc;
  else global.gc = before;
});

it('has the young objects collected after every 16 MiB, however they come', () => {
  const collected: object[] = [];
  global.gc = (options) => collected.push(options);
  for (let at = 0; at < 48 * 16; at += 1) countPassingBytes(MIB / 16);
  expect(collected).toEqual([{ type: 'minor' }, { type: 'minor' }, { type: 'minor' }]);
});

it('does nothing where Node does not let it', () => {
  delete global.gc;
  expect(() => {
    countPassingBytes(64 * MIB);
  }).not.toThrow();
});

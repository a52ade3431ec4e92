import { parseRange } from './range.js';

const part = (start: number, end: number) => ({ kind: 'part', range: { start, end } });
const whole = { kind: 'whole' };
const unsatisfiable = { kind: 'unsatisfiable' };

describe('range requests', () => {
  it.each([
    ['bytes=0-0', 10, part(0, 0)],
    ['bytes=2-5', 10, part(2, 5)],
    ['bytes=2-', 10, part(2, 9)],
    ['bytes=9-', 10, part(9, 9)],
    ['bytes=0-99', 10, part(0, 9)],
    ['bytes=0-99999999999999999999', 10, part(0, 9)],
    ['bytes=-3', 10, part(7, 9)],
    ['bytes=-99', 10, part(0, 9)],
    ['BYTES=1-2', 10, part(1, 2)],
    ['bytes= 1-2 ', 10, part(1, 2)],
    ['bytes=10-', 10, unsatisfiable],
    ['bytes=10-20', 10, unsatisfiable],
    ['bytes=-0', 10, unsatisfiable],
    ['bytes=0-1,3-4', 10, whole],
    ['bytes=0-1, -1', 10, whole],
    ['bytes=0-1,99-', 10, whole],
    ['bytes=98-,99-', 10, whole],
    ['bytes=0-1,', 10, whole],
    ['bytes=0-', 0, unsatisfiable],
    ['bytes=-1', 0, unsatisfiable],
    ['bytes=5-2', 10, whole],
    ['bytes=', 10, whole],
    ['bytes=-', 10, whole],
    ['bytes=a-b', 10, whole],
    ['bytes=1', 10, whole],
    ['bytes=1-2,x', 10, whole],
    ['bytes 1-2', 10, whole],
    ['items=0-1', 10, whole],
    ['', 10, whole],
    [undefined, 10, whole],
  ])('%p of %p bytes', (header, sizeBytes, answer) => {
    expect(parseRange(header, sizeBytes)).toEqual(answer);
  });
});

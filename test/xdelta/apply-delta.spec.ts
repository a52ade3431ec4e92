import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { MemorySource } from '../../libs/catalog/src/formats/fixtures/memory-source.js';
import { makeRandom } from '../../libs/catalog/src/formats/fixtures/random.js';
import { applyDelta } from '../../libs/catalog/src/deltas/vcdiff/apply-delta.js';
import { UnsoundDeltaError } from '../../libs/catalog/src/deltas/vcdiff/unsound-delta.error.js';
import { describeWith } from '../fixtures/requirement.js';
import { mutateBytes } from '../hostile/mutate-bytes.js';
import { createTemporaryFolder } from '../support/temporary-folder.js';
import { XdeltaProgram } from './xdelta-program.js';

jest.setTimeout(120_000);

/** What the service makes of a delta, or why it refuses it. */
async function apply(delta: Buffer, base: Buffer): Promise<Buffer | string> {
  const windows: Buffer[] = [];
  try {
    for await (const window of applyDelta(new MemorySource(delta), new MemorySource(base), 2 ** 26)) {
      windows.push(window);
    }
    return Buffer.concat(windows);
  } catch (error) {
    if (error instanceof UnsoundDeltaError) return error.message;
    throw error;
  }
}

/** Text, of which much can be compressed, with words that are moved, changed and new. */
function texts(lines: number): { base: Buffer; target: Buffer } {
  const words = Array.from(
    { length: lines },
    (_, nr) => `${nr} ${(nr * 7919) % 1009} package-${nr % 613} installed\n`,
  );
  const changed = words.map((line, nr) =>
    nr % 97 === 0 ? `changed ${line} ${randomBytes(9).toString('hex')}` : line,
  );
  const third = Math.floor(lines / 3);
  const moved = [...changed.slice(third), ...changed.slice(0, third)];
  return { base: Buffer.from(words.join('')), target: Buffer.from(moved.join('')) };
}

describeWith('xdelta3', 'deltas that xdelta3 makes', () => {
  let xdelta: XdeltaProgram;

  beforeAll(async () => {
    xdelta = new XdeltaProgram((await createTemporaryFolder('xdelta')).path);
  });

  it.each<[string, string[]]>([
    ['as it does without flags', []],
    ['compressed at its best', ['-9']],
    ['compressed little', ['-1', '-S', 'lzma']],
    ['not compressed', ['-S', 'none']],
    ['in small windows', ['-W', '16384']],
    ['in large windows', ['-W', '16777216', '-B', '134217728']],
    ['without a checksum', ['-n']],
    ['without an application header', ['-A']],
    ['without looking at what files are', ['-D']],
  ])('are applied when made %s', async (_how, flags) => {
    const { base, target } = texts(400_000);
    const applied = await apply(xdelta.encode(base, target, flags), base);
    expect(applied instanceof Buffer && applied.equals(target)).toBe(true);
  });

  it.each(['djw', 'fgk'])('are refused when compressed with %s', async (compression) => {
    const { base, target } = texts(50_000);
    expect(await apply(xdelta.encode(base, target, ['-S', compression]), base)).toContain(
      `compressed with ${compression}`,
    );
  });

  it('are refused for another base', async () => {
    const { base, target } = texts(10_000);
    const delta = xdelta.encode(base, target);
    const other = Buffer.from(base).fill('x', 0, 2000);
    expect(await apply(delta, other)).toContain('it was made of another file');
    expect(await apply(delta, base.subarray(0, 1000))).toContain('it was made of another file');
  });

  it('are refused when the target was compressed', async () => {
    const { base, target } = texts(10_000);
    const delta = xdelta.encode(base, gzipSync(target));
    expect(await apply(delta, base)).toContain('make it with xdelta3 -D');
  });

  it('are taken when damaged only if xdelta3 makes the same of them', async () => {
    const { base, target } = texts(2000);
    const sound = [['-n'], ['-S', 'none', '-n'], ['-W', '16384', '-n']].map((flags) =>
      xdelta.encode(base, target, flags),
    );
    const random = makeRandom(20_261);
    let taken = 0;
    for (let nr = 0; nr < 1000; nr += 1) {
      const delta = mutateBytes(sound[nr % sound.length] ?? base, random);
      const applied = await apply(delta, base);
      if (applied instanceof Buffer) {
        taken += 1;
        expect({ nr, same: xdelta.decode(base, delta)?.equals(applied) }).toEqual({ nr, same: true });
      }
    }
    expect(taken).toBeGreaterThan(20);
  });
});

import { mutatedContent } from './mutated-content.js';
import { type Outcome, ReaderProcess } from './reader-process.js';
import { storeXz } from './store-xz.js';

/** By hand: `IMGSRV_TEST_MUTATIONS=50000`, and another `IMGSRV_TEST_MUTATION_SEED` for other content. */
const COUNT = Number(process.env.IMGSRV_TEST_MUTATIONS ?? 900);
const SEED = Number(process.env.IMGSRV_TEST_MUTATION_SEED ?? 20_261_126);
const LIMIT_MS = 5000;

const readers = new ReaderProcess(LIMIT_MS);

afterAll(() => readers.stop());

it(
  `bears ${COUNT} mutated archives and headers: none hangs, none is an unexpected error`,
  async () => {
    const counts = new Map<string, number>();
    const failures: string[] = [];
    let slowestMs = 0;
    for (let index = 0; index < COUNT; index += 1) {
      const content = mutatedContent(SEED, index);
      const { outcome, error, ms } = await readers.read(content);
      slowestMs = Math.max(slowestMs, ms);
      counts.set(`${content.kind}: ${outcome}`, (counts.get(`${content.kind}: ${outcome}`) ?? 0) + 1);
      if (outcome === 'hung' || outcome === 'unexpected') {
        failures.push(`seed ${SEED}, index ${index} (${content.kind}) ${outcome}: ${error ?? ''}`);
      }
    }
    if (process.env.IMGSRV_TEST_MUTATIONS !== undefined) {
      console.log({
        seed: SEED,
        slowestMs: Math.round(slowestMs),
        ...Object.fromEntries([...counts].toSorted()),
      });
    }
    expect(failures).toEqual([]);
    for (const outcome of ['accepted', 'refused'] satisfies Outcome[]) {
      expect([...counts.keys()].filter((key) => key.endsWith(outcome)).length).toBeGreaterThan(4);
    }
  },
  60_000 + COUNT * 50,
);

it('makes the same content of the same seed and index', () => {
  expect(mutatedContent(SEED, 7)).toEqual(mutatedContent(SEED, 7));
  expect(mutatedContent(SEED, 7)).not.toEqual(mutatedContent(SEED + 1, 7));
});

it('notices a reader that does not come back', async () => {
  const impatient = new ReaderProcess(1);
  const zeros = {
    kind: 'zeros',
    reader: 'tar.xz',
    bytes: storeXz(Buffer.alloc(3_000_000)),
    sizeBytes: 0,
  } as const;
  expect(await impatient.read(zeros)).toMatchObject({ outcome: 'hung' });
  await impatient.stop();
});

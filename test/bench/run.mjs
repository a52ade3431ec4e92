// Runs one benchmark: `npm run bench -- uploads`. Benchmarks are run by hand, never as tests.
import { register } from 'node:module';

register('../support/typescript-hooks.mjs', import.meta.url);

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !/^[a-z-]+$/.test(name)) {
  console.error(
    'usage: npm run bench -- uploads|small-uploads|whole-uploads|downloads|ranges|requests|publishing|start|memory|steady|scrape|streams|auth|two-teams|absent-or-forbidden|catalogue-scale|hot-reads|all',
  );
  process.exit(2);
}
const { JestRun } = await import('../support/jest-run.ts');
const { run } = await import(`./${name}.bench.ts`);
const environment = await JestRun.begin();
try {
  await run(args);
} finally {
  await environment.end();
}

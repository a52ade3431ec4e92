// Looks for accepted conditions that take long: `node test/oidc/search-conditions.mjs SEED SECONDS`, after a build. It is a
// process of its own, since Jest makes errors and globals many times as slow as they are in the service.
import { register } from 'node:module';
import { performance } from 'node:perf_hooks';
import { compileCondition } from '../../dist/libs/auth/src/oidc/condition/condition.js';

register('../support/typescript-hooks.mjs', import.meta.url);
const { ADVERSARIAL_CLAIMS, ConditionSearch, IDENTITY, randomNumbers } =
  await import('./condition-search.ts');

const [seed, seconds] = process.argv.slice(2).map(Number);
const SUSPICIOUS_MS = 10;
const RUNS = 5;

/** Processor time, as other work on the machine must not count. */
function evaluationMs({ condition }, claims) {
  const before = process.cpuUsage();
  try {
    condition.evaluate({ claims, identity: IDENTITY });
  } catch {
    // What cannot be evaluated is no match, and may take as long.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The least of a few runs: the others also count what the process does besides, such as collecting garbage. */
function leastMs(candidate, claims) {
  let least = evaluationMs(candidate, claims);
  for (let run = 1; run < RUNS && least > SUSPICIOUS_MS; run += 1) {
    least = Math.min(least, evaluationMs(candidate, claims));
  }
  return least;
}

const search = new ConditionSearch(compileCondition, randomNumbers(seed));
const until = performance.now() + seconds * 1000;
const found = { conditions: 0, worstMs: 0, source: '', claims: -1 };
while (performance.now() < until) {
  const candidate = search.next();
  found.conditions += 1;
  for (const [index, claims] of ADVERSARIAL_CLAIMS.entries()) {
    const ms = leastMs(candidate, claims);
    if (ms > found.worstMs) {
      Object.assign(found, { worstMs: ms, source: candidate.source, claims: index });
    }
  }
}
console.log(JSON.stringify(found));

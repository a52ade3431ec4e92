import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { requireBoundedClaims } from '../../libs/auth/src/oidc/condition/claim-limits.js';
import { ADVERSARIAL_CLAIMS } from './condition-search.js';

const LONGEST_MS = 50;
const SEED = '1';
const SECONDS = '3';

it.each([...ADVERSARIAL_CLAIMS.entries()])('claims %i are within the limits', (_index, claims) => {
  expect(() => {
    requireBoundedClaims(claims);
  }).not.toThrow();
});

it('no accepted condition takes longer than 50 ms, whatever the claims are', async () => {
  const script = join(import.meta.dirname, 'search-conditions.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, SEED, SECONDS]);
  const found = JSON.parse(stdout) as { conditions: number; worstMs: number; source: string };
  expect(found.conditions).toBeGreaterThan(0);
  // Shows the condition when it fails.
  expect(found.worstMs > LONGEST_MS ? found : 'none').toBe('none');
});

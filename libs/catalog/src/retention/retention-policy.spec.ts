import {
  describeVerdict,
  type KeptBecause,
  requireSomethingKept,
  type RetentionPolicy,
} from './retention-policy.js';

const BOTH: RetentionPolicy = { keepNewest: 3, keepYoungerThanMs: 90 * 86_400_000 };

it.each<[RetentionPolicy, KeptBecause | undefined, string]>([
  [BOTH, 'newest', 'It is among the newest 3 published versions.'],
  [BOTH, 'younger', 'It was published less than 90d ago.'],
  [BOTH, 'aliased', 'The alias stable names it.'],
  [BOTH, 'last', 'It is the newest published version, and one always stays.'],
  [
    BOTH,
    undefined,
    'By the retention policy of the image: it is not among the newest 3 and was published 90d ago or earlier, and no alias names it.',
  ],
  [
    { keepNewest: 3 },
    undefined,
    'By the retention policy of the image: it is not among the newest 3, and no alias names it.',
  ],
])('%j, %s: says why', (policy, keptBecause, reason) => {
  expect(describeVerdict(policy, keptBecause, 'stable')).toBe(reason);
});

it('refuses a policy that keeps nothing', () => {
  expect(() => {
    requireSomethingKept({});
  }).toThrow('keep');
});

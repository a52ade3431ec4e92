import { compareNameKinds, resolveName } from './name-kinds.js';

it.each([
  [
    { version: 'v', alias: 'a', variant: 'x' },
    { kind: 'version', meaning: 'v' },
  ],
  [
    { alias: 'a', variant: 'x' },
    { kind: 'alias', meaning: 'a' },
  ],
  [{ variant: 'x' }, { kind: 'variant', meaning: 'x' }],
  [{}, undefined],
])('resolves %j to the strongest', (claims, expected) => {
  expect(resolveName<string>(claims)).toEqual(expected);
});

it('sorts as it resolves', () => {
  expect((['variant', 'version', 'alias'] as const).toSorted(compareNameKinds)).toEqual([
    'version',
    'alias',
    'variant',
  ]);
});

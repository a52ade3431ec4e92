import fc from 'fast-check';
import type { Trouble } from './breakable-process.js';

const VERSIONS = ['v1', 'v2', 'v3'] as const;
const CONTENTS = [0, 1, 2] as const;

export type Operation =
  | { readonly name: 'upload'; readonly content: number; readonly trouble: Trouble | undefined }
  | {
      readonly name: 'uploadWrong' | 'open' | 'peek' | 'deleteBlob' | 'beginDuringCollection';
      readonly content: number;
    }
  | { readonly name: 'draft'; readonly version: string; readonly content: number }
  | { readonly name: VersionOperation; readonly version: string }
  | { readonly name: 'retain'; readonly newest: number }
  | { readonly name: 'workBroken' | 'overtake'; readonly trouble: Trouble }
  | { readonly name: PlainOperation };

export type VersionOperation =
  'deleteDraft' | 'publish' | 'cancel' | 'alias' | 'deprecate' | 'withdraw' | 'restore';

export type PlainOperation = 'finish' | 'collect' | 'jump' | 'work' | 'thaw' | 'sweep' | 'quota' | 'settle';

const content = fc.constantFrom(...CONTENTS);
const version = fc.constantFrom(...VERSIONS);
const at = fc.integer({ min: 1, max: 8 });

/** A frozen process holds no locks: nobody could go on. */
const death = fc.record({
  kind: fc.constant('die' as const),
  at,
  when: fc.constantFrom('before' as const, 'commit' as const, 'after' as const),
});
const freeze = fc.record({
  kind: fc.constant('freeze' as const),
  at,
  when: fc.constantFrom('before' as const, 'after' as const),
});

function ofVersion(name: VersionOperation): fc.Arbitrary<Operation> {
  return fc.record({ name: fc.constant(name), version });
}

function ofContent(
  name: 'uploadWrong' | 'open' | 'peek' | 'deleteBlob' | 'beginDuringCollection',
): fc.Arbitrary<Operation> {
  return fc.record({ name: fc.constant(name), content });
}

function plain(name: PlainOperation): fc.Arbitrary<Operation> {
  return fc.constant({ name });
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      name: fc.constant('upload' as const),
      content,
      trouble: fc.option(death, { nil: undefined }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ name: fc.constant('draft' as const), version, content }) },
  { weight: 4, arbitrary: ofVersion('publish') },
  { weight: 4, arbitrary: plain('work') },
  {
    weight: 2,
    arbitrary: fc.record({ name: fc.constant('workBroken' as const), trouble: fc.oneof(death, freeze) }),
  },
  fc.record({ name: fc.constant('overtake' as const), trouble: freeze }),
  ...(['cancel', 'alias', 'deprecate', 'withdraw', 'restore', 'deleteDraft'] as const).map(ofVersion),
  ...(['uploadWrong', 'open', 'peek', 'deleteBlob', 'beginDuringCollection'] as const).map(ofContent),
  ...(['finish', 'collect', 'jump', 'thaw', 'settle', 'quota'] as const).map(plain),
  fc.record({ name: fc.constant('retain' as const), newest: fc.integer({ min: 1, max: 2 }) }),
  { weight: 1, arbitrary: plain('sweep') },
);

/** What happens in one history. */
export const operations = fc.array(operation, { minLength: 6, maxLength: 24 });

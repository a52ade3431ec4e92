import { knownAudience, seesDrafts, seesState, type Viewer } from './visibility.js';

const limited: Viewer = {
  principalId: 'a3f2',
  imagePatterns: ['debian'],
  covers: (imageName) => imageName === 'debian',
  audience: knownAudience(['debian']),
};

it.each<[string, Viewer, string, boolean]>([
  ['anyone', 'anyone', 'debian', false],
  ['a writer', 'writer', 'debian', true],
  ['a limited writer, of its image,', limited, 'debian', true],
  ['a limited writer, of another image,', limited, 'fedora', false],
])('%s sees what is published and, where it should, drafts', (_, viewer, imageName, isSeen) => {
  expect(seesDrafts(viewer, imageName)).toBe(isSeen);
  expect(seesState(viewer, imageName, 'draft')).toBe(isSeen);
  expect(seesState(viewer, imageName, 'publishing')).toBe(isSeen);
  expect(seesState(viewer, imageName, 'withdrawn')).toBe(isSeen);
  expect(seesState(viewer, imageName, 'published')).toBe(true);
});

it.each<[string, Parameters<typeof knownAudience>, readonly string[]]>([
  ['without a grant', [[]], ['internal:*', 'public:*']],
  ['with a grant for everything', ['all'], ['internal:*', 'private:*', 'public:*']],
  ['with grants', [['debian', 'team-*']], ['internal:*', 'private:debian', 'private:team-*', 'public:*']],
  [
    'within some images',
    [['team-*'], ['team-a-*', 'debian']],
    ['internal:debian', 'internal:team-a-*', 'private:team-a-*', 'public:debian', 'public:team-a-*'],
  ],
  [
    'within more than the grant',
    [['team-a'], ['team-*']],
    ['internal:team-*', 'private:team-a', 'public:team-*'],
  ],
  ['within what a pattern does not name', [['team-*'], ['team']], ['internal:team', 'public:team']],
])('the audience %s is told by name and visibility', (_, [granted, within], audience) => {
  expect(knownAudience(granted, within)).toEqual(audience);
});

import { seesDrafts, seesState, type Viewer } from './visibility.js';

const limited: Viewer = {
  principalId: 'a3f2',
  imagePatterns: ['debian'],
  covers: (imageName) => imageName === 'debian',
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

import { covers, IMAGE_PATTERN, imagePattern, type ImageScope, unionOf } from './image-patterns.js';

const scope = (...patterns: string[]): ImageScope => patterns.map(imagePattern);

describe('the grammar of image patterns', () => {
  it.each(['a', 'debian', 'debian-12', 'team.web_x', 'a-*', 'debian-*', 'team.*', 'team_*', 'a'.repeat(128)])(
    'takes %j',
    (text) => {
      expect(IMAGE_PATTERN.test(text)).toBe(true);
    },
  );

  it.each([
    '',
    '*',
    '-*',
    '**',
    'web*',
    'web-*-x',
    'web-**',
    'web-?',
    '*-web',
    'Web-*',
    'web-*\n',
    ' web',
    'web/*',
    '.*',
    'a'.repeat(129),
    `${'a'.repeat(128)}-*`,
  ])('refuses %j', (text) => {
    expect(IMAGE_PATTERN.test(text)).toBe(false);
  });
});

it.each<[ImageScope, string, boolean]>([
  ['all', 'anything', true],
  [scope(), 'anything', false],
  [scope('debian'), 'debian', true],
  [scope('debian'), 'debian-12', false],
  [scope('debian-*'), 'debian-12', true],
  [scope('debian-*'), 'debian-', true],
  [scope('debian-*'), 'debian', false],
  [scope('debian-*'), 'debian2', false],
  [scope('debian-*'), 'xdebian-12', false],
  [scope('team.*'), 'team.web', true],
  [scope('team.*'), 'teamXweb', false],
  [scope('a', 'b-*'), 'b-1', true],
  [scope('a', 'b-*'), 'c', false],
])('%j covers %j: %j', (of, name, expected) => {
  expect(covers(of, name)).toBe(expected);
});

it.each<[ImageScope[], ImageScope]>([
  [[], scope()],
  [[scope('b', 'a'), scope('a')], scope('a', 'b')],
  [[scope('a'), 'all'], 'all'],
])('the union of %j is %j', (scopes, expected) => {
  expect(unionOf(scopes)).toEqual(expected);
});

import type { VersionId } from '@imgsrv/catalog';
import type { PublishedAlias, PublishedRoot } from '../rendering/published-root.js';
import { unlistedVersions } from './unlisted-versions.js';

/** A row of a version that is named by the day of its publication. */
const root = (day: string): PublishedRoot =>
  ({
    versionId: day,
    artifactId: day,
    client: 'incus',
    publishedAt: new Date(day),
  }) as unknown as PublishedRoot;
const alias = (versionId: string): PublishedAlias => ({
  image: 'debian',
  alias: 'stable',
  versionId: versionId as VersionId,
});

const [OLD, MIDDLE, NEW] = ['2026-01-01', '2026-01-02', '2026-01-03'];
const published = [root(NEW), root(OLD), root(MIDDLE), root(OLD)];

it.each<[number, string[], string[] | undefined]>([
  [0, [], undefined],
  [3, [], undefined],
  [4, [], undefined],
  [2, [], [OLD]],
  [1, [], [OLD, MIDDLE]],
  [1, [OLD], [MIDDLE]],
  [1, [OLD, MIDDLE], []],
])('of three versions with room for %i and aliases of %j leaves out %j', (room, named, expected) => {
  const { unlisted } = unlistedVersions({ published, aliases: named.map(alias) }, room);
  expect(unlisted && [...unlisted]).toEqual(expected);
});

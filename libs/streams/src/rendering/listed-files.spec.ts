import { digestOfHex } from '@imgsrv/cas';
import type { ArtifactId, VersionId } from '@imgsrv/catalog';
import { runAtOnce } from '../steps.js';
import { listFiles } from './listed-files.js';
import type { PublishedRoot, WithdrawnRoot } from './published-root.js';
import { renderStreams } from './render-streams.js';

const HOUR = 3_600_000;
const NOW = new Date('2026-03-03T12:00:00Z');
const ROOT = 'a'.repeat(64);
const METADATA = 'b'.repeat(64);

const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR);

/** The same bytes in an image, published so many hours ago. */
function owned(image: string, hours: number, fields: Partial<PublishedRoot> = {}): PublishedRoot {
  return {
    artifactId: image as ArtifactId,
    client: 'incus',
    imageType: 'container',
    versionId: image as VersionId,
    image,
    version: '1',
    publishedAt: hoursAgo(hours),
    isDeprecated: false,
    projectedAt: hoursAgo(hours),
    architecture: 'amd64',
    variant: 'default',
    os: image,
    release: 'r',
    releaseTitle: 'r',
    requirements: {},
    content: { architecture: 'amd64' },
    format: 'squashfs',
    root: { digest: digestOfHex(ROOT), sizeBytes: 1 },
    metadata: { digest: digestOfHex(METADATA), sizeBytes: 1 },
    fingerprint: 'f'.repeat(64),
    ...fields,
  };
}

/** Names of the root file that are neither its current one nor a hashed form, with the hours they are still served. */
function formerNames(...roots: PublishedRoot[]): Record<string, number | undefined> {
  return namesBeside(roots, []);
}

function namesBeside(
  roots: readonly PublishedRoot[],
  withdrawn: readonly WithdrawnRoot[],
): Record<string, number | undefined> {
  const { contents, products } = runAtOnce(renderStreams(roots, []));
  const files = runAtOnce(listFiles(contents, products, NOW, withdrawn));
  const current = JSON.stringify([...products.values()]);
  return Object.fromEntries(
    [...files]
      .filter(([path]) => path.startsWith(`${ROOT}/`) && !current.includes(path) && !path.includes('-aaaa'))
      .map(([path, until]) => [
        path.slice(65),
        until === undefined ? undefined : (until.getTime() - NOW.getTime()) / HOUR,
      ]),
  );
}

it('serves a file of one image under its listed name only', () => {
  expect(formerNames(owned('a', 5), owned('a', 3, { version: '2', versionId: '2' as VersionId }))).toEqual(
    {},
  );
});

it('serves the name of the first image for 24 hours after a second one came', () => {
  expect(formerNames(owned('a', 5), owned('b', 3))).toEqual({ 'a-1-amd64.squashfs': 21 });
  expect(formerNames(owned('a', 50), owned('b', 24))).toEqual({});
});

it('does not serve it for longer because of a third one', () => {
  expect(formerNames(owned('a', 50), owned('b', 30), owned('c', 2))).toEqual({});
});

it('serves the name that an earlier release lists until a day after the content was read again', () => {
  const unread = (image: string, hours: number): PublishedRoot =>
    Object.fromEntries(
      Object.entries(owned(image, hours)).filter(([name]) => name !== 'content'),
    ) as unknown as PublishedRoot;
  expect(formerNames(unread('a', 500), unread('b', 400))).toEqual({ 'a-1-amd64.squashfs': undefined });
  const reread = { projectedAt: hoursAgo(1) };
  expect(formerNames(owned('a', 500, reread), owned('b', 400, reread))).toEqual({ 'a-1-amd64.squashfs': 23 });
});

it('serves no file of a content that is left out', () => {
  const files = runAtOnce(listFiles(runAtOnce(renderStreams([owned('a', 1)], [])).contents, new Map(), NOW));
  expect(files.size).toBe(0);
});

describe('a withdrawal of one of the versions with these bytes', () => {
  const withdrawn = (root: PublishedRoot, hours: number): WithdrawnRoot => ({
    ...root,
    withdrawnAt: hoursAgo(hours),
  });
  const shared = owned('a', 200, { content: { architecture: 'amd64', os: 'debian', release: '12' } });

  it('keeps the name that they had together for a day, whoever goes on to have them', () => {
    const { content } = shared;
    const other = owned('b', 100, { ...(content === undefined ? {} : { content }) });
    const names = namesBeside([other], [withdrawn(shared, 3)]);
    expect(Object.keys(names)).toEqual([]);
    const { contents, products } = runAtOnce(renderStreams([other], []));
    const files = runAtOnce(listFiles(contents, products, NOW, [withdrawn(shared, 3)]));
    const hashed = [...files].filter(([path]) => path.startsWith(`${ROOT}/debian-12-amd64-aaaa`));
    expect(hashed.length).toBeGreaterThan(0);
    expect(new Set(hashed.map(([, until]) => until?.getTime()))).toEqual(
      new Set([NOW.getTime() + 21 * HOUR]),
    );
  });

  it('keeps the name of the first version of an image for a day', () => {
    const second = owned('a', 50, { version: '2', versionId: '2' as VersionId });
    expect(namesBeside([second], [withdrawn(owned('a', 90), 4)])).toEqual({ 'a-1-amd64.squashfs': 20 });
    expect(namesBeside([second], [withdrawn(owned('a', 90), 24)])).toEqual({});
  });

  it('keeps the name that the others had meanwhile for a day after it is restored', () => {
    const first = owned('a', 90, { restoredAt: hoursAgo(2) });
    const second = owned('a', 50, { version: '2', versionId: '2' as VersionId });
    expect(namesBeside([first, second], [])).toEqual({ 'a-2-amd64.squashfs': 22 });
  });

  it('leaves nothing of bytes that no other version has', () => {
    expect(namesBeside([], [withdrawn(owned('a', 90), 1)])).toEqual({});
  });
});

import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { digestOfHex } from '@imgsrv/cas';
import type { ArtifactId, VersionId } from '@imgsrv/catalog';
import * as fc from 'fast-check';
import { contentKey } from '../rendering/contents.js';
import type { PublishedAlias, PublishedRoot } from '../rendering/published-root.js';
import { rootProblem } from '../rendering/root-problem.js';
import { type WholeDocuments, wholeDocuments } from '../rendering/whole-documents.js';
import type { ImageRows } from '../rows/image-rows.js';
import { runAtOnce } from '../steps.js';
import { validateDocuments } from '../validation/validate-documents.js';
import type { StreamsView } from '../views/streams-view.js';
import { unlistedVersions } from '../views/unlisted-versions.js';
import { type RenderedDocuments, ViewDocuments } from './view-documents.js';

const EVERYTHING: StreamsView = { key: 'all', select: (rows) => rows };
const NEWEST: StreamsView = {
  key: 'newest',
  select: (rows) => ({ ...rows, ...unlistedVersions(rows, 1) }),
};
const BEGIN_MS = Date.UTC(2026, 0);
const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Names that differ in case only, and that become the same file name: `a-1` 2 and `a` 1-2. */
const IMAGES = ['a', 'A', 'a-1', 'b'];
const VERSIONS = ['1', '1-2', '2'];
const ALIASES = ['latest', 'stable', '1'];
const BYTES = ['x', 'y', 'z'];

interface Target {
  readonly image: number;
  readonly version: number;
}

type Step = Target &
  (
    | { readonly kind: 'publish'; readonly artifacts: readonly Artifact[] }
    | { readonly kind: 'withdraw' | 'restore' | 'deprecate' | 'delete' | 'reproject' | 'look' }
    | { readonly kind: 'point' | 'unpoint'; readonly alias: number }
  );

interface Artifact {
  readonly bytes: number;
  readonly metadata: number;
  readonly client: 'incus' | 'lxd';
  readonly isVm: boolean;
  readonly variant: 'default' | 'cloud';
  readonly saysItself: boolean;
  readonly isSpoiled: boolean;
}

const target = {
  image: fc.nat({ max: IMAGES.length - 1 }),
  version: fc.nat({ max: VERSIONS.length - 1 }),
};
const artifact: fc.Arbitrary<Artifact> = fc.record({
  bytes: fc.nat({ max: BYTES.length - 1 }),
  metadata: fc.nat({ max: 1 }),
  client: fc.constantFrom('incus' as const, 'lxd' as const),
  isVm: fc.boolean(),
  variant: fc.constantFrom('default' as const, 'cloud' as const),
  saysItself: fc.boolean(),
  isSpoiled: fc.integer({ min: 0, max: 19 }).map((value) => value === 0),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      ...target,
      kind: fc.constant('publish' as const),
      artifacts: fc.array(artifact, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...target,
      kind: fc.constantFrom('withdraw' as const, 'restore' as const, 'deprecate' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ ...target, kind: fc.constantFrom('delete' as const, 'reproject' as const) }),
  },
  { weight: 4, arbitrary: fc.record({ ...target, kind: fc.constant('look' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      ...target,
      kind: fc.constantFrom('point' as const, 'unpoint' as const),
      alias: fc.nat({ max: ALIASES.length - 1 }),
    }),
  },
);

interface Version {
  readonly id: VersionId;
  roots: PublishedRoot[];
  withdrawnAt: Date | undefined;
}

/** A catalogue as small as one can be; every step takes an hour. */
class Model {
  now = BEGIN_MS;
  private ids = 0;
  private readonly images = new Map<
    string,
    { id: string; versions: Map<string, Version>; aliases: Map<string, VersionId> }
  >();

  do(step: Step): void {
    this.now += 3_600_000;
    const [image = '', version = ''] = [IMAGES[step.image], VERSIONS[step.version]];
    const known = this.images.get(image);
    const found = known?.versions.get(version);
    switch (step.kind) {
      case 'publish':
        this.publish(image, version, step.artifacts);
        return;
      case 'delete':
        this.images.delete(image);
        return;
      case 'look':
        return;
      case 'point':
        if (found?.withdrawnAt === undefined && found !== undefined) {
          known?.aliases.set(ALIASES[step.alias] ?? '', found.id);
        }
        return;
      case 'unpoint':
        known?.aliases.delete(ALIASES[step.alias] ?? '');
        return;
      case 'withdraw':
        if (found === undefined || found.withdrawnAt !== undefined) return;
        found.withdrawnAt = new Date(this.now);
        for (const [alias, id] of known?.aliases ?? []) if (id === found.id) known?.aliases.delete(alias);
        return;
      case 'restore':
        if (found?.withdrawnAt === undefined) return;
        found.withdrawnAt = undefined;
        found.roots = found.roots.map((root) => ({ ...root, restoredAt: new Date(this.now) }));
        return;
      case 'deprecate':
        if (found !== undefined)
          found.roots = found.roots.map((root) => ({ ...root, isDeprecated: !root.isDeprecated }));
        return;
      case 'reproject':
        if (found !== undefined) {
          found.roots = found.roots.map((root) => ({
            ...root,
            content: root.content ?? { architecture: 'arm64' },
          }));
        }
    }
  }

  rows(): Map<string, ImageRows> {
    return new Map(
      [...this.images].map(([image, { id, versions, aliases }]) => [
        id,
        {
          imageId: id,
          image,
          visibility: 'public',
          published: [...versions.values()].flatMap(({ roots, withdrawnAt }) =>
            withdrawnAt === undefined ? roots : [],
          ),
          withdrawn: [...versions.values()].flatMap(({ roots, withdrawnAt }) =>
            withdrawnAt === undefined ? [] : roots.map((root) => ({ ...root, withdrawnAt })),
          ),
          aliases: [...aliases].map(([alias, versionId]): PublishedAlias => ({ image, alias, versionId })),
        },
      ]),
    );
  }

  private publish(image: string, version: string, artifacts: readonly Artifact[]): void {
    const known = this.images.get(image) ?? {
      id: `image-${(this.ids += 1)}`,
      versions: new Map<string, Version>(),
      aliases: new Map<string, VersionId>(),
    };
    this.images.set(image, known);
    if (known.versions.has(version)) return;
    const id = `version-${(this.ids += 1)}` as VersionId;
    const roots = artifacts.map((artifact) => this.root(image, version, id, artifact));
    known.versions.set(version, { id, roots, withdrawnAt: undefined });
  }

  private root(image: string, version: string, versionId: VersionId, made: Artifact): PublishedRoot {
    const bytes = `${made.isVm ? 'vm' : 'container'} ${BYTES[made.bytes] ?? ''}`;
    const metadata = `metadata ${made.metadata}`;
    return {
      artifactId: `artifact-${(this.ids += 1)}` as ArtifactId,
      client: made.client,
      imageType: made.isVm ? 'virtual-machine' : 'container',
      versionId,
      image,
      version,
      publishedAt: new Date(this.now),
      isDeprecated: false,
      projectedAt: new Date(this.now),
      architecture: 'amd64',
      variant: made.variant,
      os: 'Debian',
      release: 'bookworm',
      releaseTitle: made.isSpoiled ? (7 as unknown as string) : 'bookworm',
      requirements: {},
      ...(made.saysItself ? { content: { architecture: 'arm64', os: 'Devuan' } } : {}),
      format: made.isVm ? 'qcow2' : 'squashfs',
      root: { digest: digestOfHex(hex(bytes)), sizeBytes: 1000 },
      metadata: { digest: digestOfHex(hex(metadata)), sizeBytes: 10 },
      fingerprint: hex(`${bytes} ${metadata}`),
    };
  }
}

/** Rows that are as they were are the same objects, as `CatalogueRows` gives them. */
function kept(
  before: ReadonlyMap<string, ImageRows>,
  after: ReadonlyMap<string, ImageRows>,
): ReadonlyMap<string, ImageRows> {
  return new Map(
    [...after].map(([id, rows]) => {
      const known = before.get(id);
      return [id, known !== undefined && JSON.stringify(known) === JSON.stringify(rows) ? known : rows];
    }),
  );
}

function oracle(images: ReadonlyMap<string, ImageRows>, now: Date): WholeDocuments {
  const all = [...images.values()];
  return runAtOnce(
    wholeDocuments(
      {
        published: all.flatMap(({ published }) => published),
        withdrawn: all.flatMap(({ withdrawn }) => withdrawn),
      },
      all.flatMap(({ aliases }) => aliases),
      now,
    ),
  );
}

function expectSame(
  documents: RenderedDocuments,
  whole: WholeDocuments,
  paths: ReadonlySet<string>,
  now: Date,
): void {
  expect(documents.images.plain.toString()).toBe(whole.images);
  expect(documents.index.plain.toString()).toBe(whole.index);
  expect(gunzipSync(documents.images.gzip).toString()).toBe(whole.images);
  expect(gunzipSync(documents.index.gzip).toString()).toBe(whole.index);
  expect(runAtOnce(validateDocuments(JSON.parse(whole.index), JSON.parse(whole.images)))).toEqual([]);
  const key = ({ artifactId, client, reason }: { artifactId: string; client: string; reason: string }) =>
    `${artifactId} ${client} ${reason}`;
  expect(documents.leftOut.map(key).sort()).toEqual(whole.leftOut.map(key).sort());
  for (const path of paths) {
    const until = whole.files.get(path);
    const isServed = whole.files.has(path) && (until === undefined || until > now);
    expect([path, documents.isServed(path, now)]).toEqual([path, isServed]);
  }
}

/** A view that lists fewer versions has what the whole one has of those contents. */
function expectNewest(
  { images }: RenderedDocuments,
  whole: WholeDocuments,
  rows: ReadonlyMap<string, ImageRows>,
): void {
  const listed = new Set(
    [...rows.values()].flatMap((image) => {
      const { unlisted } = unlistedVersions(image, 1);
      return image.published
        .filter((root) => unlisted?.has(root.versionId) !== true && rootProblem(root) === undefined)
        .map(contentKey);
    }),
  );
  const { products } = JSON.parse(whole.images) as { products: Record<string, unknown> };
  const expected = Object.entries(products).filter(([key]) => listed.has(key.replace(/:.*:/, ':')));
  expect(Object.entries((JSON.parse(images.plain.toString()) as { products: object }).products)).toEqual(
    expected,
  );
}

async function follow(steps: readonly Step[]): Promise<void> {
  const model = new Model();
  const documents = new ViewDocuments(EVERYTHING);
  const newest = new ViewDocuments(NEWEST);
  let images: ReadonlyMap<string, ImageRows> = new Map();
  const paths = new Set<string>();
  for (const [at, step] of steps.entries()) {
    model.do(step);
    // Some changes are seen together.
    if (step.kind !== 'look' && at < steps.length - 1 && at % 3 === 0) continue;
    images = kept(images, model.rows());
    const now = new Date(model.now);
    const whole = oracle(images, now);
    for (const path of whole.files.keys()) paths.add(path);
    const incremental = await documents.update(images);
    expectSame(incremental, whole, paths, now);
    expectNewest(await newest.update(images), whole, images);
    const anew = await new ViewDocuments(EVERYTHING).update(images);
    expect([incremental.images.tag, incremental.index.tag]).toEqual([anew.images.tag, anew.index.tag]);
    expect(incremental.images.gzip.equals(anew.images.gzip)).toBe(true);
  }
}

const RUNS = Number(process.env['IMGSRV_TEST_STREAMS_HISTORIES'] ?? '60');

it('makes of any history what rendering everything at once makes', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), follow), {
    numRuns: RUNS,
  });
}, 120_000);

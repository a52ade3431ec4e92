import type { VersionId } from '@imgsrv/catalog';
import type { Steps } from '../../steps.js';
import { clientImages } from '../../validation/client-images.js';
import { productProblems } from '../../validation/product-problems.js';
import type { ImageRows } from '../../rows/image-rows.js';
import { AliasClaims } from '../alias-claims.js';
import { contentKey, toContent, type PublishedContent } from '../contents.js';
import { FILES_PATH, type StreamsProduct } from '../documents.js';
import { formerPaths } from '../former-paths.js';
import { fileStemOf, labelsOf } from '../labels.js';
import { comparePublication, compareText } from '../order.js';
import { renderProduct } from '../product.js';
import type { LeftOutRoot, PublishedRoot } from '../published-root.js';
import { rootProblem } from '../root-problem.js';
import { type ContentState, newContentState } from './content-state.js';
import { NameOwners } from './name-owners.js';
import type { ProductEntry } from './product-entry.js';
import { ServedPaths } from './served-paths.js';
import { sorted } from './sorting.js';

/** What is shown of an image. */
export interface ShownImage extends Pick<ImageRows, 'published' | 'withdrawn' | 'aliases'> {
  /** Versions that the documents do not list, though their files may be downloaded. */
  readonly unlisted?: ReadonlySet<VersionId>;
}

const NOTHING: ShownImage = { published: [], withdrawn: [], aliases: [] };

/**
 * The products of what is shown, kept while images change: only what a change touches is rendered again, and the result is what
 * `renderStreams` makes of everything. After an update that failed it is of no use.
 */
export class IncrementalProducts {
  readonly paths = new ServedPaths();
  private readonly images = new Map<string, ShownImage>();
  private readonly contents = new Map<string, ContentState>();
  /** Contents that have no product though they should. */
  private readonly spoiled = new Set<ContentState>();
  private readonly unsound = new Map<PublishedRoot, LeftOutRoot>();
  /** Of each image, by its name, what each of its products has got; by the key of the product. */
  private readonly claims = new Map<string, ReadonlyMap<string, readonly string[]>>();
  private readonly imageIds = new Map<string, string>();
  private readonly names = new NameOwners();

  /** Takes what changed, by the id of the image. The products that are others now: by key, undefined when gone. */
  *update(
    changes: ReadonlyMap<string, ShownImage | undefined>,
  ): Steps<ReadonlyMap<string, ProductEntry | undefined>> {
    const dirty = new Set<ContentState>();
    const images = new Set<string>();
    for (const [id, image] of changes) {
      yield* this.replaceImage(id, image, { dirty, images });
    }
    const contents = yield* sorted([...dirty], byId);
    const renamed = yield* this.regroup(contents, images);
    for (const image of images) {
      yield;
      this.reclaim(image, dirty);
    }
    yield* this.rename(renamed, dirty);
    const changed = new Map<string, ProductEntry | undefined>();
    for (const state of dirty) {
      yield;
      this.render(state, changed);
    }
    return changed;
  }

  leftOut(): LeftOutRoot[] {
    return [...this.unsound.values(), ...[...this.spoiled].flatMap(({ leftOut }) => leftOut)];
  }

  private *replaceImage(id: string, image: ShownImage | undefined, touched: Touched): Steps<void> {
    const before = this.images.get(id) ?? NOTHING;
    const after = image ?? NOTHING;
    if (image === undefined) {
      this.images.delete(id);
    } else {
      this.images.set(id, image);
    }
    for (const [root, isIn] of difference(before.published, after.published)) {
      yield;
      this.moveRoot(id, root, isIn, touched);
    }
    for (const [root, isIn] of difference(before.withdrawn, after.withdrawn)) {
      yield;
      const state = this.stateOf(root);
      if (isIn) {
        state.withdrawn.add(root);
      } else {
        state.withdrawn.delete(root);
      }
      touched.dirty.add(state);
    }
    for (const root of after.published) {
      const wasUnlisted = before.unlisted?.has(root.versionId) === true;
      if (wasUnlisted !== (after.unlisted?.has(root.versionId) === true) && !this.unsound.has(root)) {
        touched.dirty.add(this.stateOf(root));
      }
    }
    const [name] = [...after.published, ...before.published].map((root) => root.image);
    if (name !== undefined) touched.images.add(name);
  }

  private moveRoot(id: string, root: PublishedRoot, isIn: boolean, touched: Touched): void {
    if (!isIn && this.unsound.delete(root)) return;
    if (isIn) {
      const reason = rootProblem(root);
      if (reason !== undefined) {
        this.unsound.set(root, { artifactId: root.artifactId, client: root.client, reason });
        return;
      }
      this.imageIds.set(root.image, id);
    }
    const state = this.stateOf(root);
    if (isIn) {
      state.roots.add(root);
    } else {
      state.roots.delete(root);
    }
    touched.dirty.add(state);
  }

  private stateOf(root: PublishedRoot): ContentState {
    const id = contentKey(root);
    const state = this.contents.get(id) ?? newContentState(id);
    this.contents.set(id, state);
    return state;
  }

  /** Makes the contents anew; those that may get other names have none afterwards. `images` gets those with other claims. */
  private *regroup(states: readonly ContentState[], images: Set<string>): Steps<Set<ContentState>> {
    const renamed = new Set<ContentState>();
    const made: [ContentState, PublishedContent | undefined][] = [];
    for (const state of states) {
      yield;
      const [first, ...others] = [...state.roots].sort(comparePublication);
      const content = first && toContent([first, ...others]);
      if (
        content?.key !== state.content?.key ||
        content?.first.imageType !== state.content?.first.imageType
      ) {
        for (const { image } of state.roots) {
          images.add(image);
        }
      }
      const stem = content && fileStemOf(content, labelsOf(content));
      if (content?.first !== state.content?.first || JSON.stringify(stem) !== JSON.stringify(state.stem)) {
        this.names.release(state, renamed);
        renamed.add(state);
      }
      state.stem = stem;
      made.push([state, content]);
    }
    // Only now: until all of them have given up their names, they are compared by what they were.
    for (const [state, content] of made) {
      state.content = content;
    }
    return renamed;
  }

  private reclaim(image: string, dirty: Set<ContentState>): void {
    const before = this.claims.get(image) ?? new Map<string, readonly string[]>();
    const shown = this.images.get(this.imageIds.get(image) ?? '') ?? NOTHING;
    const claims = new AliasClaims(shown.aliases);
    const states = new Map<string, ContentState>();
    for (const root of shown.published) {
      const state = this.unsound.has(root) ? undefined : this.contents.get(contentKey(root));
      if (state?.content !== undefined) {
        claims.add(root, state.content);
        states.set(state.content.key, state);
      }
    }
    const after = claims.won();
    for (const [key, state] of states) {
      if (before.get(key)?.join() !== after.get(key)?.join()) dirty.add(state);
    }
    if (after.size === 0) {
      this.claims.delete(image);
    } else {
      this.claims.set(image, after);
    }
  }

  private *rename(renamed: Set<ContentState>, dirty: Set<ContentState>): Steps<void> {
    let asking = renamed;
    while (asking.size > 0) {
      const published = [...asking].filter(({ content }) => content !== undefined);
      const affected = new Set<ContentState>();
      for (const state of yield* sorted(published, byPublication)) {
        yield;
        this.names.claim(state, affected);
        dirty.add(state);
      }
      asking = affected;
    }
  }

  private render(state: ContentState, changed: Map<string, ProductEntry | undefined>): void {
    const { content, entry } = state;
    const product = content && this.productOf(content);
    const problem = product && problemOf(product);
    state.leftOut =
      problem === undefined
        ? []
        : [...state.roots].map(({ artifactId, client }) => ({ artifactId, client, reason: problem }));
    this.spoiled.delete(state);
    if (problem !== undefined) this.spoiled.add(state);
    if (content === undefined || product === undefined || problem !== undefined) {
      this.paths.replace(state, [], []);
      state.entry = undefined;
    } else {
      this.paths.replace(state, listedPaths(product), formerPaths(content, [...state.withdrawn]));
      state.entry = this.isListed(content) ? entryOf(content.key, product, entry) : undefined;
    }
    if (entry !== state.entry) {
      if (entry !== undefined && !changed.has(entry.key)) changed.set(entry.key, undefined);
      if (state.entry !== undefined) changed.set(state.entry.key, state.entry);
    }
    if (state.roots.size + state.withdrawn.size === 0) this.contents.delete(state.id);
  }

  private isListed({ roots }: PublishedContent): boolean {
    return roots.some(
      ({ image, versionId }) =>
        this.images.get(this.imageIds.get(image) ?? '')?.unlisted?.has(versionId) !== true,
    );
  }

  private productOf(content: PublishedContent): StreamsProduct {
    const images = new Set(content.roots.map(({ image }) => image));
    const aliases = [...images].flatMap((image) => this.claims.get(image)?.get(content.key) ?? []);
    return renderProduct(content, aliases.sort(compareText), this.names);
  }
}

/** What changed in this update: contents, and images by name. */
interface Touched {
  readonly dirty: Set<ContentState>;
  readonly images: Set<string>;
}

/** The entry before when nothing has changed. */
function entryOf(key: string, product: StreamsProduct, before: ProductEntry | undefined): ProductEntry {
  const bytes = Buffer.from(`${JSON.stringify(key)}:${JSON.stringify(product)}`);
  return before?.key === key && before.bytes.equals(bytes) ? before : { key, bytes };
}

/** What a client would stumble over. */
function problemOf(product: StreamsProduct): string | undefined {
  const [problem] = productProblems(product);
  if (problem !== undefined) return problem;
  const images = clientImages(product);
  return images.length === 1 && images[0]?.fingerprint !== undefined
    ? undefined
    : 'A client does not make one image of it.';
}

function listedPaths({ versions }: StreamsProduct): string[] {
  return Object.values(versions).flatMap(({ items }) =>
    Object.values(items).map(({ path }) => path.slice(FILES_PATH.length + 1)),
  );
}

/** Items that are in one of the lists only, and whether it is the later one; those that went first. */
function difference<Item>(before: readonly Item[], after: readonly Item[]): [Item, boolean][] {
  const [was, is] = [new Set(before), new Set(after)];
  return [
    ...before.filter((item) => !is.has(item)).map((item): [Item, boolean] => [item, false]),
    ...after.filter((item) => !was.has(item)).map((item): [Item, boolean] => [item, true]),
  ];
}

function byId(left: ContentState, right: ContentState): number {
  return compareText(left.id, right.id);
}

function byPublication(left: ContentState, right: ContentState): number {
  if (left.content === undefined || right.content === undefined) {
    throw new TypeError('A content that is not published has names.');
  }
  return comparePublication(left.content.first, right.content.first);
}

import type { Steps } from '../steps.js';
import type { StreamsProduct } from '../rendering/documents.js';
import { IMAGES_PATH } from '../rendering/documents.js';
import { clientImages, type ClientImage } from './client-images.js';
import { productProblems } from './product-problems.js';
import { hasShape, isObject, Problems, type Shape } from './shapes.js';

const INDEX: Shape = { required: { format: 'string', index: 'object' }, optional: {} };
const INDEX_ENTRY: Shape = {
  required: { format: 'string', datatype: 'string', path: 'string', products: 'strings' },
  optional: {},
};
const IMAGES: Shape = {
  required: { content_id: 'string', datatype: 'string', format: 'string', products: 'object' },
  optional: {},
};

/**
 * What Incus or LXD would stumble over in the two documents, at most twenty sentences; none when they may be served.
 * The types are those of Go's structs in `shared/simplestreams`; beyond them, each fingerprint is listed once a client,
 * each alias once a client, type and architecture, and no two files share a last path segment.
 */
export function* validateDocuments(index: unknown, images: unknown): Steps<readonly string[]> {
  const problems = new Problems();
  if (!hasShape(images, IMAGES, 'images.json', problems) || !isObject(images.products)) {
    return problems.found;
  }
  expectConstant(images.content_id, 'images', 'images.json content_id', problems);
  expectConstant(images.datatype, 'image-downloads', 'images.json datatype', problems);
  expectConstant(images.format, 'products:1.0', 'images.json format', problems);
  const products = Object.entries(images.products);
  checkIndex(
    index,
    products.map(([key]) => key),
    problems,
  );
  const crossChecks = new CrossChecks(problems);
  for (const [key, product] of products) {
    yield;
    const found = productProblems(product, key);
    found.forEach((problem) => {
      problems.add('images.json', problem);
    });
    if (found.length === 0) {
      // A product without problems has the shape of one.
      crossChecks.add(key, product as StreamsProduct);
    }
  }
  return problems.found;
}

function checkIndex(index: unknown, products: readonly string[], problems: Problems): void {
  if (!hasShape(index, INDEX, 'index.json', problems) || !isObject(index.index)) {
    return;
  }
  expectConstant(index.format, 'index:1.0', 'index.json format', problems);
  expectConstant(Object.keys(index.index).join(), 'images', 'index.json entries', problems);
  const entry = index.index.images;
  if (!hasShape(entry, INDEX_ENTRY, 'index.json images', problems)) {
    return;
  }
  expectConstant(entry.format, 'products:1.0', 'index.json images format', problems);
  expectConstant(entry.datatype, 'image-downloads', 'index.json images datatype', problems);
  expectConstant(entry.path, IMAGES_PATH, 'index.json images path', problems);
  const listed = Array.isArray(entry.products) ? entry.products : [];
  if (listed.length !== products.length || !products.every((key, at) => listed[at] === key)) {
    problems.add('index.json images', 'products are not those of images.json in their order');
  }
}

function expectConstant(value: unknown, expected: string, where: string, problems: Problems): void {
  if (value !== expected) {
    problems.add(where, `is not ${expected}`);
  }
}

/** What must hold between products. */
class CrossChecks {
  private readonly fingerprints = new Map<string, string>();
  private readonly aliases = new Map<string, string>();
  private readonly segments = new Map<string, string>();

  constructor(private readonly problems: Problems) {}

  add(key: string, product: StreamsProduct): void {
    const images = clientImages(product);
    if (images.length !== 1) {
      this.problems.add(key, `a client makes ${images.length} images of it instead of one`);
    }
    for (const image of images) {
      this.addImage(key, product, image);
    }
    for (const version of Object.values(product.versions)) {
      for (const { path, sha256 } of Object.values(version.items)) {
        const segment = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
        this.expectOne(this.segments, segment, sha256, 'two files share the last path segment');
      }
    }
  }

  private addImage(key: string, { aliases, arch }: StreamsProduct, image: ClientImage): void {
    const { client, imageType, fingerprint } = image;
    if (fingerprint === undefined) {
      this.problems.add(key, 'the metadata item does not carry the fingerprint');
      return;
    }
    this.expectOne(this.fingerprints, `${client} ${fingerprint}`, key, 'two products have the fingerprint');
    for (const alias of aliases === '' ? [] : aliases.split(',')) {
      this.expectOne(
        this.aliases,
        `${client} ${imageType} ${arch} ${alias}`,
        key,
        'two products have the alias',
      );
    }
  }

  private expectOne(seen: Map<string, string>, what: string, owner: string, complaint: string): void {
    const standing = seen.get(what);
    if (standing === undefined) {
      seen.set(what, owner);
    } else if (standing !== owner) {
      this.problems.add(owner, `${complaint} ${what}, ${standing} too`);
    }
  }
}

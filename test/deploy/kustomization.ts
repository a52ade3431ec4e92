import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as far as all of them are alike. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; namespace?: string };
}

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly resources: readonly string[];
  readonly patches?: readonly { readonly path: string }[];
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
}

const KNOWN = ['apiVersion', 'kind', 'namespace', 'resources', 'patches', 'images'];
const OF_THE_CLUSTER = ['Namespace'];

/** Every object of a file; comments and anchors are resolved. */
function readManifests(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8'), { merge: false }).map((document) => {
    if (document.errors.length > 0) throw new Error(`${file}: ${String(document.errors[0])}`);
    return document.toJS() as Manifest;
  });
}

/**
 * What `kustomize build` of the folder gives, for the fields that our kustomizations use; throws for others. Patches are
 * merged as maps, and lists by the names of their items. The real one is held against it where it is installed. https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export function buildKustomization(folder: string): Manifest[] {
  const file = join(folder, 'kustomization.yaml');
  const kustomization = parse(readFileSync(file, 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new Error(`${file}: this test does not know ${unknown.join(', ')}`);
  const manifests = kustomization.resources.flatMap((resource) =>
    resource.endsWith('.yaml')
      ? readManifests(join(folder, resource))
      : buildKustomization(join(folder, resource)),
  );
  for (const { path } of kustomization.patches ?? []) {
    const [patch, ...others] = readManifests(join(dirname(file), path));
    // kustomize 5.0, which is in kubectl 1.27, takes one a file.
    if (patch === undefined || others.length > 0) throw new Error(`${path} must hold one patch`);
    applyPatch(manifests, patch, path);
  }
  for (const manifest of manifests) {
    if (kustomization.namespace !== undefined && !OF_THE_CLUSTER.includes(manifest.kind)) {
      manifest.metadata.namespace = kustomization.namespace;
    }
    for (const image of kustomization.images ?? []) {
      replaceImage(manifest, image.name, `${image.newName}:${image.newTag}`);
    }
  }
  return manifests;
}

function applyPatch(manifests: readonly Manifest[], patch: Manifest, path: string): void {
  const target = manifests.find(
    ({ kind, metadata }) => kind === patch.kind && metadata.name === patch.metadata.name,
  );
  if (target === undefined) throw new Error(`${path} patches what is not there: ${patch.metadata.name}`);
  merge(target as unknown as Tree, patch as unknown as Tree);
}

type Tree = Record<string, unknown>;

function merge(target: Tree, patch: Tree): void {
  for (const [key, value] of Object.entries(patch)) {
    const present = target[key];
    if (Array.isArray(value)) mergeNamed(present, value as unknown[], key);
    else if (isTree(value) && isTree(present)) merge(present, value);
    else target[key] = value;
  }
}

/**
 * The lists of Kubernetes that our patches touch have items that are known by their names; those that a patch names come
 * first.
 */
function mergeNamed(present: unknown, patches: readonly unknown[], key: string): void {
  if (!Array.isArray(present)) throw new Error(`there is no list ${key} to patch`);
  for (const patch of patches.toReversed()) {
    if (!isTree(patch)) throw new Error(`this test does not merge the list ${key}`);
    const at = present.findIndex((candidate) => isTree(candidate) && candidate.name === patch.name);
    const [item] = (at < 0 ? [] : present.splice(at, 1)) as unknown[];
    if (!isTree(item)) throw new Error(`no item of the list ${key} is named ${String(patch.name)}`);
    merge(item, patch);
    present.unshift(item);
  }
}

function replaceImage(node: unknown, name: string, replacement: string): void {
  if (Array.isArray(node)) {
    node.forEach((item) => {
      replaceImage(item, name, replacement);
    });
  } else if (isTree(node)) {
    if (node.image === name) node.image = replacement;
    Object.values(node).forEach((value) => {
      replaceImage(value, name, replacement);
    });
  }
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

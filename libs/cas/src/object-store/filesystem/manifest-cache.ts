import type { Manifest } from './manifest.js';

/** Parts of all manifests that are kept together; some 150 bytes each. */
const MOST_PARTS = 20_000;

/**
 * The manifests of objects that were read lately. What one says never changes, because no key is used for a second
 * object; that the object is still there it does not say.
 */
export class ManifestCache {
  /** Those used last at the end. */
  readonly #manifests = new Map<string, Manifest>();
  #partCount = 0;

  constructor(private readonly mostParts = MOST_PARTS) {}

  get(folder: string): Manifest | undefined {
    const manifest = this.#manifests.get(folder);
    if (manifest) {
      this.#manifests.delete(folder);
      this.#manifests.set(folder, manifest);
    }
    return manifest;
  }

  /** An object without bytes has no part that would tell when it is gone, and is not kept. */
  set(folder: string, manifest: Manifest): void {
    this.delete(folder);
    if (manifest.parts.length === 0) return;
    this.#manifests.set(folder, manifest);
    this.#partCount += manifest.parts.length;
    for (const oldest of this.#manifests.keys()) {
      if (this.#partCount <= this.mostParts) return;
      this.delete(oldest);
    }
  }

  delete(folder: string): void {
    const manifest = this.#manifests.get(folder);
    if (manifest) {
      this.#manifests.delete(folder);
      this.#partCount -= manifest.parts.length;
    }
  }
}

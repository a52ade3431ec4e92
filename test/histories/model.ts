import type { VersionState } from '@imgsrv/catalog';

/** What a version is, or, while its publish is under way, what it may be by now. */
export interface ModelVersion {
  state: VersionState;
  readonly content: number;
  isDeprecated: boolean;
}

/** `pending`: it was uploaded, and is verified when a worker comes to it. */
export type ModelContent = 'absent' | 'pending' | 'stored';

/** What must be true of one image and a few contents, in its simplest form. */
export class Model {
  readonly versions = new Map<string, ModelVersion>();
  readonly contents = new Map<number, ModelContent>();
  /** Since when nothing refers to a content that is stored: a moment ago, or for longer than the grace. */
  readonly candidates = new Map<number, 'fresh' | 'due'>();
  alias: string | undefined;

  contentOf(content: number): ModelContent {
    return this.contents.get(content) ?? 'absent';
  }

  isReferenced(content: number): boolean {
    return [...this.versions.values()].some((version) => version.content === content);
  }

  /** All jobs are done. */
  settle(): void {
    for (const version of this.versions.values()) {
      if (version.state === 'publishing') version.state = 'published';
    }
    for (const [content, state] of this.contents) {
      if (state === 'pending') this.contents.set(content, 'stored');
    }
  }

  /** One collection of everything. */
  collect(): void {
    for (const [content, state] of this.contents) {
      if (state !== 'stored') continue;
      const candidate = this.candidates.get(content);
      if (this.isReferenced(content)) {
        this.candidates.delete(content);
      } else if (candidate === undefined) {
        this.candidates.set(content, 'fresh');
      } else if (candidate === 'due') {
        this.contents.set(content, 'absent');
        this.candidates.delete(content);
      }
    }
  }

  /** More time passes than the grace. */
  jump(): void {
    for (const content of this.candidates.keys()) this.candidates.set(content, 'due');
  }
}

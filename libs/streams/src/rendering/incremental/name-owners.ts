import { hexOf } from '@imgsrv/cas';
import { possibleNames } from '../file-names.js';
import { filesOf } from '../former-paths.js';
import type { FileStem } from '../labels.js';
import { comparePublication } from '../order.js';
import type { PublishedRoot } from '../published-root.js';
import type { ContentState, NameAttempt } from './content-state.js';

interface NameUse {
  /** The one that was published first. */
  owner: ContentState;
  ownerHex: string;
  others: Set<ContentState> | undefined;
}

/**
 * What `FileNames` gives when contents ask in the order of their publication, kept while contents come, change and go. A name
 * belongs to the first published content that would like to have it, and to others for the same file; a content asks for the
 * next name only when it does not get the one before.
 */
export class NameOwners {
  private readonly uses = new Map<string, NameUse>();

  /** As `FileNames.nameOf`, after `settle`. */
  nameOf(stem: FileStem, extension: string, hex: string): string {
    const names = possibleNames(stem, extension, hex);
    return names.find((name) => this.isOwn({ name: name.toLowerCase(), hex })) ?? `${hex}.${extension}`;
  }

  /** Gives up what a content has; `affected` gets the others whose names may change by that. */
  release(state: ContentState, affected: Set<ContentState>): void {
    for (const { name } of state.attempts) {
      this.remove(name, state, affected);
    }
    state.attempts = [];
  }

  /** Lets a content ask for its names, again if it has some; `affected` gets the others whose names may change by that. */
  claim(state: ContentState, affected: Set<ContentState>): void {
    const { content, stem } = state;
    if (content === undefined || stem === undefined) return;
    const former = new Set(state.attempts.map(({ name }) => name));
    const attempts: NameAttempt[] = [];
    for (const [type, file] of filesOf(content)) {
      const hex = hexOf(file.digest);
      for (const possible of possibleNames(stem, type.fileExtension, hex)) {
        const attempt = { name: possible.toLowerCase(), hex };
        attempts.push(attempt);
        if (!former.delete(attempt.name)) this.add(attempt, state, affected);
        if (this.isOwn(attempt)) break;
      }
    }
    state.attempts = attempts;
    for (const name of former) {
      this.remove(name, state, affected);
    }
  }

  private isOwn({ name, hex }: NameAttempt): boolean {
    return this.uses.get(name)?.ownerHex === hex;
  }

  private add({ name, hex }: NameAttempt, state: ContentState, affected: Set<ContentState>): void {
    const use = this.uses.get(name);
    if (use === undefined) {
      this.uses.set(name, { owner: state, ownerHex: hex, others: undefined });
      return;
    }
    use.others ??= new Set();
    if (comparePublication(firstOf(state), firstOf(use.owner)) >= 0) {
      use.others.add(state);
      return;
    }
    use.others.add(use.owner);
    if (use.ownerHex !== hex) markAll(use.others, affected);
    use.owner = state;
    use.ownerHex = hex;
  }

  private remove(name: string, state: ContentState, affected: Set<ContentState>): void {
    const use = this.uses.get(name);
    if (use === undefined) return;
    if (use.owner !== state) {
      use.others?.delete(state);
      return;
    }
    const [next, ...rest] = use.others ?? [];
    if (next === undefined) {
      this.uses.delete(name);
      return;
    }
    use.owner = rest.reduce(
      (first, other) => (comparePublication(firstOf(other), firstOf(first)) < 0 ? other : first),
      next,
    );
    const hex = use.owner.attempts.find((attempt) => attempt.name === name)?.hex ?? '';
    if (hex !== use.ownerHex) markAll(use.others ?? [], affected);
    use.others?.delete(use.owner);
    use.ownerHex = hex;
  }
}

function markAll(states: Iterable<ContentState>, affected: Set<ContentState>): void {
  for (const state of states) {
    affected.add(state);
  }
}

/** Whoever has names is published. */
function firstOf({ content }: ContentState): PublishedRoot {
  if (content === undefined) throw new TypeError('A content that is not published has names.');
  return content.first;
}

import { DEFAULT_VARIANT } from '@imgsrv/catalog';
import type { Steps } from '../steps.js';
import type { PublishedContent } from './contents.js';
import { comparePublication, compareText } from './order.js';
import type { PublishedAlias, PublishedRoot } from './published-root.js';

/** The alias that also decides what the bare image name means. */
const LATEST = 'latest';

interface Claim {
  readonly alias: string;
  readonly root: PublishedRoot;
  readonly content: PublishedContent;
}

/**
 * The aliases of every product, by product key and in order. A row claims `image/version`, `image/<alias>` for each
 * alias of its version, and the bare `image` when `latest` points to its version or the image has no `latest`; a
 * variant other than `default` is appended to each. Clients would give a name that several products claim to the
 * alphabetically first one, so it is decided here: per client, type and architecture the newest published wins.
 */
export function* aliasesByProduct(
  contents: readonly PublishedContent[],
  aliases: readonly PublishedAlias[],
): Steps<ReadonlyMap<string, readonly string[]>> {
  const names = new AliasNames(aliases);
  const winners = new Map<string, Claim>();
  for (const content of contents) {
    for (const root of content.roots) {
      yield;
      for (const alias of names.claimedBy(root)) {
        settle(winners, { alias, root, content });
      }
    }
  }
  const byProduct = new Map<string, string[]>();
  for (const { alias, content } of winners.values()) {
    const list = byProduct.get(content.key);
    if (list === undefined) {
      byProduct.set(content.key, [alias]);
    } else {
      list.push(alias);
    }
  }
  for (const list of byProduct.values()) {
    list.sort(compareText);
  }
  return byProduct;
}

function settle(winners: Map<string, Claim>, claim: Claim): void {
  const { architecture, first } = claim.content;
  const key = `${first.client},${first.imageType},${architecture},${claim.alias}`;
  const standing = winners.get(key);
  if (standing === undefined || comparePublication(standing.root, claim.root) < 0) {
    winners.set(key, claim);
  }
}

class AliasNames {
  private readonly byVersion = new Map<string, string[]>();
  private readonly latest = new Map<string, string>();

  constructor(aliases: readonly PublishedAlias[]) {
    for (const { image, alias, versionId } of aliases) {
      const list = this.byVersion.get(versionId);
      if (list === undefined) {
        this.byVersion.set(versionId, [alias]);
      } else {
        list.push(alias);
      }
      if (alias === LATEST) {
        this.latest.set(image, versionId);
      }
    }
  }

  claimedBy(root: PublishedRoot): string[] {
    const { image, version, versionId, variant } = root;
    const names = [version, ...(this.byVersion.get(versionId) ?? [])].map((name) => `${image}/${name}`);
    if ((this.latest.get(image) ?? versionId) === versionId) {
      names.push(image);
    }
    return variant === DEFAULT_VARIANT ? names : names.map((name) => `${name}/${variant}`);
  }
}

import { compareNameKinds, DEFAULT_VARIANT, type NameKind } from '@imgsrv/catalog';
import type { Steps } from '../steps.js';
import type { PublishedContent } from './contents.js';
import { comparePublication, compareText } from './order.js';
import type { PublishedAlias, PublishedRoot } from './published-root.js';

/** The alias that also decides what the bare image name means. */
const LATEST = 'latest';

interface NameClaim {
  readonly alias: string;
  readonly kind: NameKind;
}

interface Claim extends NameClaim {
  readonly root: PublishedRoot;
  readonly content: PublishedContent;
}

/**
 * The aliases of every product, by product key and in order. A row claims `image/version`, `image/<alias>` for each
 * alias of its version, and the bare `image` when `latest` points to its version or the image has no `latest`; a
 * variant other than `default` is appended to each. Clients would give a name that several products claim to the
 * alphabetically first one, so it is decided here: per client, type and architecture the strongest kind of name wins, and
 * among equals the newest published.
 */
export function* aliasesByProduct(
  contents: readonly PublishedContent[],
  aliases: readonly PublishedAlias[],
): Steps<ReadonlyMap<string, readonly string[]>> {
  const claims = new AliasClaims(aliases);
  for (const content of contents) {
    for (const root of content.roots) {
      yield;
      claims.add(root, content);
    }
  }
  return claims.won();
}

/** The claims of rows. Those of different images never meet: every name begins with that of its image. */
export class AliasClaims {
  private readonly names: AliasNames;
  private readonly winners = new Map<string, Claim>();

  constructor(aliases: readonly PublishedAlias[]) {
    this.names = new AliasNames(aliases);
  }

  add(root: PublishedRoot, content: PublishedContent): void {
    for (const name of this.names.claimedBy(root)) {
      settle(this.winners, { ...name, root, content });
    }
  }

  /** What each product has got, by its key and in order. */
  won(): ReadonlyMap<string, readonly string[]> {
    const byProduct = new Map<string, string[]>();
    for (const { alias, content } of this.winners.values()) {
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
}

function settle(winners: Map<string, Claim>, claim: Claim): void {
  const { architecture, first } = claim.content;
  const key = `${first.client},${first.imageType},${architecture},${claim.alias}`;
  const standing = winners.get(key);
  const isStronger =
    standing === undefined ||
    (compareNameKinds(claim.kind, standing.kind) || comparePublication(standing.root, claim.root)) < 0;
  if (isStronger) {
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

  claimedBy(root: PublishedRoot): NameClaim[] {
    const { image, version, versionId, variant } = root;
    const isDefault = variant === DEFAULT_VARIANT;
    const claims: NameClaim[] = [
      { alias: `${image}/${version}`, kind: 'version' },
      ...(this.byVersion.get(versionId) ?? []).map((alias): NameClaim => ({
        alias: `${image}/${alias}`,
        kind: 'alias',
      })),
    ];
    if ((this.latest.get(image) ?? versionId) === versionId) {
      claims.push({ alias: image, kind: isDefault ? 'alias' : 'variant' });
    }
    return isDefault ? claims : claims.map(({ alias, kind }) => ({ alias: `${alias}/${variant}`, kind }));
  }
}

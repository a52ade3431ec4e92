/** What a catalogue takes. */
interface Sized {
  /** How many products it holds. */
  readonly products: number;
}

/** Products in all catalogues of one kind that are kept, at most; each takes some 3 KiB with all that belongs to it. */
const MOST_PRODUCTS = 60_000;

/**
 * Catalogues of views, those that were asked for last: at most so many, and together no more products than a process has room
 * for. The one that was asked for last is always kept.
 */
export class KeptCatalogues<Catalogue extends Sized> {
  /** In the order in which they were asked for. */
  private readonly catalogues = new Map<string, Catalogue>();

  constructor(
    private readonly most: number,
    private readonly mostProducts = MOST_PRODUCTS,
  ) {}

  get(key: string): Catalogue | undefined {
    return this.catalogues.get(key);
  }

  /** Keeps a catalogue that was asked for now. To be called whenever it may have grown. */
  keep(key: string, catalogue: Catalogue): void {
    this.catalogues.delete(key);
    this.catalogues.set(key, catalogue);
    let products = 0;
    for (const kept of this.catalogues.values()) products += kept.products;
    for (const [oldest, { products: fewer }] of this.catalogues) {
      if (oldest === key || (this.catalogues.size <= this.most && products <= this.mostProducts)) break;
      this.catalogues.delete(oldest);
      products -= fewer;
    }
  }

  drop(key: string): void {
    this.catalogues.delete(key);
  }
}

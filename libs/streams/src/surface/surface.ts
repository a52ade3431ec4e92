import type { CatalogueRevision, Snapshot } from './catalogue-revision.js';

/** What makes one surface differ from another. */
export interface SurfaceDefinition<Source, View extends object> {
  /** Reads what is shown. All of it is of one instant that is no earlier than the call, as `CatalogueRevision.snapshot` gives it. */
  readonly read: () => Promise<Snapshot<Source>>;
  /** Makes what is served of it. Throws when that is not fit to be served. */
  readonly render: (source: Source, now: Date) => Promise<View>;
  /** Told of each new view, with the time to read and render it. */
  readonly rendered?: (view: View, durationMs: number) => void;
  /** Told of what `render` threw; gives the error for callers if there is no earlier view. */
  readonly rejected: (fault: unknown, revision: number) => Error;
}

/** A view, and the revision that it shows. */
export type Shown<View> = View & { readonly revision: number; readonly lastModified: Date };

/**
 * One way in which clients are shown what is published, such as the documents of Simple Streams. It is rendered when it
 * is asked for at a new revision, once however many ask, and served from memory as long as nothing changes.
 */
export class Surface<Source, View extends object> {
  private served: Shown<View> | undefined;
  private rendering: Promise<Shown<View>> | undefined;
  private asked: { readonly revision: Promise<number>; readonly view: Promise<Shown<View>> } | undefined;

  constructor(
    private readonly revision: CatalogueRevision,
    private readonly definition: SurfaceDefinition<Source, View>,
  ) {}

  /**
   * The view with everything that was committed before the call; if that could not be rendered, the one before, until
   * something changes. Rejects with DependencyUnavailableError while the database is away, and with the error of the
   * definition when there is nothing sound to serve.
   */
  current(): Promise<Shown<View>> {
    const revision = this.revision.current();
    // Who shares the look at the revision shares all that follows from it.
    if (this.asked?.revision !== revision) {
      this.asked = { revision, view: this.viewAt(revision) };
    }
    return this.asked.view;
  }

  private async viewAt(asked: Promise<number>): Promise<Shown<View>> {
    const revision = await asked;
    if (this.served?.revision === revision) {
      return this.served;
    }
    const shared = await this.sharedRender();
    // A rendering that had begun earlier may have missed the revision; one that begins now cannot.
    return shared.revision < revision ? this.sharedRender() : shared;
  }

  private sharedRender(): Promise<Shown<View>> {
    this.rendering ??= this.render().finally(() => {
      this.rendering = undefined;
    });
    return this.rendering;
  }

  private async render(): Promise<Shown<View>> {
    const startedAt = performance.now();
    const { revision, advancedAt, source } = await this.definition.read();
    let view: View;
    try {
      view = await this.definition.render(source, new Date());
    } catch (fault) {
      return this.keep(revision, fault);
    }
    this.served = { ...view, revision, lastModified: advancedAt };
    this.definition.rendered?.(view, performance.now() - startedAt);
    return this.served;
  }

  private keep(revision: number, fault: unknown): Shown<View> {
    const error = this.definition.rejected(fault, revision);
    if (this.served === undefined) {
      throw error;
    }
    this.served = { ...this.served, revision };
    return this.served;
  }
}

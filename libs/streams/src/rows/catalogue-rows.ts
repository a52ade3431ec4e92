import { allChannels, type Channel } from '@imgsrv/catalog';
import type { Connection } from '@imgsrv/platform';
import type { CatalogueRevision } from '../surface/catalogue-revision.js';
import { KEPT_MS } from '../rendering/former-paths.js';
import { SharedRun } from '../surface/shared-run.js';
import {
  type CatalogueState,
  listAliases,
  listChangedImages,
  listImages,
  readRoots,
  readState,
} from './catalogue.repository.js';
import { listProjectedDeltas } from './delta.repository.js';
import type { ImageRows } from './image-rows.js';
import { ImageRowsMaker } from './image-rows-maker.js';

/** The rows of the whole catalogue at one revision. */
export interface RowsAt {
  readonly revision: number;
  readonly advancedAt: Date;
  readonly channels: ReadonlyMap<string, Channel>;
  /** By id. One that has not changed is the same object as in rows of earlier revisions. */
  readonly images: ReadonlyMap<string, ImageRows>;
}

interface Standing extends RowsAt {
  readonly state: CatalogueState;
}

/**
 * What Simple Streams shows, in memory once for all views of a process. After a change of the catalogue only the images
 * that it is about are read.
 */
export class CatalogueRows {
  private standing: Standing | undefined;
  private readonly reading = new SharedRun(() => this.read());

  constructor(readonly revision: CatalogueRevision) {}

  /** Rows of a revision that is no older than the call. Rejects with DependencyUnavailableError. */
  current(): Promise<RowsAt> {
    return this.reading.run();
  }

  private async read(): Promise<RowsAt> {
    const { source } = await this.revision.snapshot((connection) => this.readChanges(connection));
    this.standing = source;
    return source;
  }

  private async readChanges(connection: Connection): Promise<Standing> {
    const state = await readState(connection);
    const { revision, advancedAt } = state;
    const { standing } = this;
    const earlier = standing !== undefined && isContinued(standing.state, state) ? standing : undefined;
    if (earlier?.revision === revision) return earlier;
    const channels = new Map(
      (await allChannels(connection)).map((channel) => [channel.name as string, channel]),
    );
    return { state, revision, advancedAt, channels, images: await this.readImages(connection, earlier) };
  }

  private async readImages(connection: Connection, earlier: RowsAt | undefined): Promise<RowsAt['images']> {
    const rows =
      earlier === undefined
        ? await listImages(connection)
        : await listChangedImages(connection, earlier.revision);
    const ids = rows.map(({ image_id }) => image_id);
    const aliases = await listAliases(connection, ids);
    const deltas = await listProjectedDeltas(connection, ids);
    const maker = new ImageRowsMaker(rows, { aliases, deltas }, this.standing?.images ?? new Map());
    for await (const some of readRoots(connection, ids)) {
      maker.add(some);
    }
    const images = withoutPast(earlier?.images ?? new Map(), new Date());
    for (const id of ids) {
      const made = maker.make(id);
      if (made === undefined) {
        images.delete(id);
      } else {
        images.set(id, made);
      }
    }
    return images;
  }
}

/** Whether images say all that changed between the two. */
function isContinued(earlier: CatalogueState, state: CatalogueState): boolean {
  return (
    earlier.epoch === state.epoch &&
    earlier.revision <= state.revision &&
    earlier.revision >= state.fullRevision
  );
}

/** A copy without rows that are too long withdrawn. */
function withoutPast(images: RowsAt['images'], now: Date): Map<string, ImageRows> {
  const keptSinceMs = now.getTime() - KEPT_MS;
  const copy = new Map(images);
  for (const [id, rows] of images) {
    const withdrawn = rows.withdrawn.filter(({ withdrawnAt }) => withdrawnAt.getTime() > keptSinceMs);
    if (withdrawn.length < rows.withdrawn.length) {
      copy.set(id, { ...rows, withdrawn });
    }
  }
  return copy;
}

import type { VersionId } from '@imgsrv/catalog';
import type { Database, Transaction } from '@imgsrv/platform';
import { MetadataOfJob } from '../metadata/metadata-of-job.js';
import type { ReadBlob } from './combined-digests.js';
import type { DeclaredVersion } from './declared-version.js';
import { describeRoots, type MetadataRigour, type RootDescription } from './describe-root.js';
import { fingerprintRoots } from './fingerprints.js';
import {
  advanceRevision,
  findCombinedDigest,
  findDeclaredVersion,
  listOutdatedVersions,
  lockPublished,
  type ProjectedRoot,
  rememberCombinedDigest,
  replaceProjection,
} from './projection.repository.js';
import { type SelectedRoot, selectRoots } from './select-roots.js';
import type { StreamsReport } from './streams-report.js';

export interface IndexRun {
  readonly readBlob: ReadBlob;
  /** Aborting it ends the reading of blobs and rejects with its reason. */
  readonly signal: AbortSignal;
  /** Of the bytes that have to be hashed; called for every chunk. */
  readonly onProgress: (doneBytes: number, totalBytes: number) => void;
  /** Runs a transaction, fenced against other workers on the same job. */
  readonly write: (work: (tx: Transaction) => Promise<void>) => Promise<void>;
}

export interface ReprojectRun extends Omit<IndexRun, 'onProgress'> {
  /** Told of a version that could not be read now; the others go on, and a later run tries it again. */
  readonly onUnreadable: (versionId: VersionId, error: unknown) => void;
}

/** How many versions one run brings up to date. */
const REPROJECTED_AT_ONCE = 50;

/** Prepares versions for Simple Streams before they are published. */
export class StreamsProjection {
  constructor(private readonly database: Database) {}

  /**
   * Writes the projection rows of a version and a report for each of its artifacts and clients, in the place of
   * earlier ones; clients see them when the version is published. Memory is constant. Repeating it is safe, and cheap
   * for content that was hashed before.
   *
   * Rejects with UnprojectableArchitectureError or InvalidImageMetadataError (see `isProjectionRefusal`) when clients
   * could not use an artifact that they would be shown, or when what is declared contradicts the content; the publisher
   * has to change it.
   */
  async indexVersion(versionId: VersionId, run: IndexRun): Promise<void> {
    const projection = await this.project(versionId, run, 'refuse');
    await run.write((tx) => replaceProjection(tx, versionId, projection.roots, projection.reports));
  }

  /**
   * Writes anew the rows of published versions that an earlier release wrote without what their content says, or left
   * out; resolves to how many it wrote, none when there is nothing left that can be read. Nothing that is published is refused. Clients
   * see the changes at once. Safe to repeat.
   */
  async reproject(run: ReprojectRun): Promise<number> {
    const outdated = await this.database.use((connection) =>
      listOutdatedVersions(connection, REPROJECTED_AT_ONCE),
    );
    const projections: [VersionId, Projection][] = [];
    for (const versionId of outdated) {
      try {
        const projection = await this.project(versionId, { ...run, onProgress: () => undefined }, 'tolerate');
        projections.push([versionId, projection]);
      } catch (error) {
        run.signal.throwIfAborted();
        run.onUnreadable(versionId, error);
      }
    }
    if (projections.length === 0) return 0;
    let written = 0;
    await run.write(async (tx) => {
      // In one order, so that two that do this wait for each other and not in a circle.
      for (const [versionId, { roots, reports }] of projections.toSorted(([a], [b]) => (a < b ? -1 : 1))) {
        if (await lockPublished(tx, versionId)) {
          await replaceProjection(tx, versionId, roots, reports);
          written += 1;
        }
      }
      if (written > 0) {
        await advanceRevision(
          tx,
          projections.map(([versionId]) => versionId),
        );
      }
    });
    return written;
  }

  private async project(versionId: VersionId, run: IndexRun, rigour: MetadataRigour): Promise<Projection> {
    const version = await this.database.snapshot((connection) => findDeclaredVersion(connection, versionId));
    if (version === undefined) {
      throw new Error(`version ${versionId} to be projected does not exist`);
    }
    const { selected, outranked, refused } = selectRoots(version.artifacts);
    const descriptions = await describeRoots(
      [...selected, ...outranked],
      version.version,
      new MetadataOfJob(run),
      rigour,
    );
    const fingerprints = await fingerprintRoots(selected, {
      ...run,
      memory: {
        find: (metadata, root) =>
          this.database.use((connection) => findCombinedDigest(connection, metadata, root)),
        remember: (metadata, root, combined) =>
          run.write((tx) => rememberCombinedDigest(tx, metadata, root, combined)),
      },
    });
    return {
      roots: selected.map((root) =>
        toProjectedRoot(version, root, descriptions.get(root), fingerprints.get(root)),
      ),
      reports: [...selected.map(toReport), ...refused],
    };
  }
}

interface Projection {
  readonly roots: readonly ProjectedRoot[];
  readonly reports: readonly StreamsReport[];
}

function toReport({ artifact, client }: SelectedRoot): StreamsReport {
  return { artifactId: artifact.id, client, projected: true };
}

function toProjectedRoot(
  version: DeclaredVersion,
  root: SelectedRoot,
  description: RootDescription | undefined,
  fingerprint: string | undefined,
): ProjectedRoot {
  if (description === undefined || fingerprint === undefined) {
    throw new Error('a root was left without its description or fingerprint');
  }
  const { artifact, client, imageType, architecture, metadata } = root;
  return {
    artifactId: artifact.id,
    client,
    imageType,
    architecture,
    versionId: version.id,
    variant: artifact.variant,
    ...description,
    format: artifact.format,
    root: artifact.file,
    ...(metadata === undefined ? {} : { metadata }),
    fingerprint,
  };
}

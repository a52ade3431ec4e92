import type { VersionId } from '@imgsrv/catalog';
import type { Database, Transaction } from '@imgsrv/platform';
import type { StreamsClient } from '../clients.js';
import { MetadataOfJob } from '../metadata/metadata-of-job.js';
import { listedAs } from '../rendering/contents.js';
import type { ImageType } from '../rendering/published-root.js';
import type { ReadBlob } from './combined-digests.js';
import type { DeclaredVersion } from './declared-version.js';
import { describeRoots, type RootDescription } from './describe-root.js';
import { fingerprintRoots } from './fingerprints.js';
import {
  findCombinedDigest,
  findDeclaredVersion,
  findListedContent,
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

/** Prepares versions for Simple Streams before they are published. */
export class StreamsProjection {
  constructor(private readonly database: Database) {}

  /**
   * Writes the projection rows of a version and a report for each of its artifacts and clients, in the place of
   * earlier ones; clients see them when the version is published. Memory is constant. Repeating it is safe, and cheap
   * for content that was hashed before.
   *
   * Rejects with UnprojectableArchitectureError or InvalidImageMetadataError (see `isProjectionRefusal`) when clients
   * could not use an artifact that they would be shown; the publisher has to change it.
   */
  async indexVersion(versionId: VersionId, run: IndexRun): Promise<void> {
    const version = await this.database.snapshot((tx) => findDeclaredVersion(tx, versionId));
    if (version === undefined) {
      throw new Error(`version ${versionId} to be projected does not exist`);
    }
    const { selected, refused } = selectRoots(version.artifacts);
    const descriptions = await describeRoots(selected, version.version, new MetadataOfJob(run));
    const fingerprints = await fingerprintRoots(selected, {
      ...run,
      memory: {
        find: (metadata, root) => this.database.use((tx) => findCombinedDigest(tx, metadata, root)),
        remember: (metadata, root, combined) =>
          run.write((tx) => rememberCombinedDigest(tx, metadata, root, combined)),
      },
    });
    const roots = selected.map((root) =>
      toProjectedRoot(version, root, descriptions.get(root), fingerprints.get(root)),
    );
    await run.write(async (tx) => {
      const listed = await dropRelabelled(tx, roots);
      await replaceProjection(tx, versionId, listed.roots, [...listed.reports, ...refused]);
    });
  }
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

/** Leaves out content that is listed as something else already, here or by an earlier publication. */
async function dropRelabelled(
  tx: Transaction,
  candidates: readonly ProjectedRoot[],
): Promise<{ roots: ProjectedRoot[]; reports: StreamsReport[] }> {
  const labels = new Map<string, { client: StreamsClient; imageType: ImageType; architecture: string }>();
  const roots: ProjectedRoot[] = [];
  const reports: StreamsReport[] = [];
  for (const root of candidates) {
    const { artifactId, client, fingerprint } = root;
    const key = `${client}:${fingerprint}`;
    const listed = labels.get(key) ?? (await findListedContent(tx, client, fingerprint)) ?? root;
    labels.set(key, { client, imageType: listed.imageType, architecture: listed.architecture });
    if (listed.imageType === root.imageType && listed.architecture === root.architecture) {
      roots.push(root);
      reports.push({ artifactId, client, projected: true });
    } else {
      reports.push({ artifactId, client, projected: false, reason: listedAs(listed) });
    }
  }
  return { roots, reports };
}

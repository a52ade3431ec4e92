import {
  type ChangeRecorder,
  type Database,
  decodeCursor,
  encodeCursor,
  type Page,
  type PageRequest,
  toPage,
} from '@imgsrv/platform';
import { ArtifactExistsError, ArtifactNotFoundError, CatalogLimitError } from '../catalog.errors.js';
import { listAttachmentNames } from '../attachments/attachment.repository.js';
import { refuseSecondDelta, requireDeltaFormat } from '../deltas/delta-wish.js';
import { refuseSecondMetadata, requireLaunchable } from '../made-metadata/require-launchable.js';
import { ARTIFACT_ID, TOKEN } from '../names/names.js';
import { attachBlob } from '../published-blobs/attach-blob.js';
import { asReader, type Viewer } from '../visibility.js';
import { artifactResource } from '../resources.js';
import { parseVersionAddress } from '../versions/version-address.js';
import { getVersion, lockDraft } from '../versions/version.repository.js';
import { type Artifact, MAX_ARTIFACTS_PER_VERSION, type NewArtifact } from './artifact.js';
import { type ArtifactMetadataChanges, changedArtifactMetadata } from './artifact-metadata.js';
import { describeArtifact, parseArtifact } from './artifact-declaration.js';
import {
  countArtifacts,
  deleteArtifact,
  findArtifact,
  insertArtifact,
  listArtifacts,
  updateArtifactMetadata,
} from './artifact.repository.js';

const CURSOR_SHAPE = [TOKEN.pattern, TOKEN.pattern, TOKEN.pattern, TOKEN.pattern];

/** Artifacts: declared and removed while their version is a draft, seen once it is published. */
export class Artifacts {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Throws ArtifactExistsError, VersionNotDraftError, CatalogLimitError, BlobNotAvailableError when `viewer` is a
   * limited writer that does not see the blob, VersionNotFoundError and ImageNotFoundError.
   */
  async create(
    image: string,
    version: string,
    artifact: NewArtifact,
    viewer: Viewer = 'writer',
  ): Promise<Artifact> {
    const address = parseVersionAddress(image, version);
    const declared = parseArtifact(artifact);
    return this.database.transaction(async (tx) => {
      const draft = await lockDraft(tx, address);
      if ((await countArtifacts(tx, draft.id)) >= MAX_ARTIFACTS_PER_VERSION) {
        throw new CatalogLimitError('artifacts in a version', MAX_ARTIFACTS_PER_VERSION);
      }
      await attachBlob(tx, declared.primaryBlobDigest, viewer);
      const created = await insertArtifact(tx, draft.id, declared);
      if (created === undefined) {
        throw new ArtifactExistsError();
      }
      await this.changes.record(tx, {
        action: 'artifact.create',
        resource: artifactResource(address, created.id),
        after: describeArtifact(created),
      });
      return created;
    });
  }

  /**
   * Changes what is said of a draft's artifact, for what is given. Repeating it is safe. Throws ArtifactNotFoundError,
   * InvalidTextError, InvalidSizeError, NotLaunchableError, MetadataGivenTwiceError, InvalidDeltaError, VersionNotDraftError,
   * VersionNotFoundError and ImageNotFoundError.
   */
  async change(
    image: string,
    version: string,
    artifactId: string,
    changes: ArtifactMetadataChanges,
  ): Promise<Artifact> {
    const address = parseVersionAddress(image, version);
    const id = ARTIFACT_ID.parse(artifactId);
    return this.database.transaction(async (tx) => {
      const draft = await lockDraft(tx, address);
      const artifact = await findArtifact(tx, draft.id, id);
      if (artifact === undefined) {
        throw new ArtifactNotFoundError();
      }
      const metadata = changedArtifactMetadata(artifact.metadata, changes);
      requireLaunchable({ ...artifact, metadata });
      requireDeltaFormat({ ...artifact, metadata });
      const attachmentNames = await listAttachmentNames(tx, id);
      refuseSecondMetadata({ metadata }, attachmentNames);
      refuseSecondDelta({ metadata }, attachmentNames);
      const changed = await updateArtifactMetadata(tx, draft.id, id, metadata);
      if (changed === undefined) {
        throw new ArtifactNotFoundError();
      }
      await this.changes.record(tx, {
        action: 'artifact.change',
        resource: artifactResource(address, id),
        after: { changed: Object.keys(changes) },
      });
      return changed;
    });
  }

  /** Those of a published version. Throws VersionWithdrawnError, VersionNotFoundError and ImageNotFoundError. */
  async listPublished(
    image: string,
    version: string,
    viewer: Viewer,
    page: PageRequest,
  ): Promise<Page<Artifact>> {
    const address = parseVersionAddress(image, version);
    const after = decodeCursor(page.cursor, CURSOR_SHAPE);
    const artifacts = await this.database.use(async (connection) => {
      const { id } = await getVersion(connection, address, asReader(viewer));
      return listArtifacts(connection, id, page.limit + 1, after);
    });
    return toPage(artifacts, page.limit, (artifact) => artifact, cursorOf);
  }

  /**
   * One of a published version. Throws ArtifactNotFoundError, VersionWithdrawnError, VersionNotFoundError and
   * ImageNotFoundError.
   */
  async getPublished(image: string, version: string, artifactId: string, viewer: Viewer): Promise<Artifact> {
    const address = parseVersionAddress(image, version);
    const id = ARTIFACT_ID.parse(artifactId);
    const artifact = await this.database.use(async (connection) => {
      const { id: versionId } = await getVersion(connection, address, asReader(viewer));
      return findArtifact(connection, versionId, id);
    });
    if (artifact === undefined) {
      throw new ArtifactNotFoundError();
    }
    return artifact;
  }

  /**
   * Removes an artifact with its attachments from a draft. Throws ArtifactNotFoundError, VersionNotDraftError,
   * VersionNotFoundError and ImageNotFoundError.
   */
  async delete(image: string, version: string, artifactId: string): Promise<void> {
    const address = parseVersionAddress(image, version);
    const id = ARTIFACT_ID.parse(artifactId);
    await this.database.transaction(async (tx) => {
      const draft = await lockDraft(tx, address);
      const artifact = await findArtifact(tx, draft.id, id);
      if (artifact === undefined || !(await deleteArtifact(tx, draft.id, id))) {
        throw new ArtifactNotFoundError();
      }
      await this.changes.record(tx, {
        action: 'artifact.delete',
        resource: artifactResource(address, id),
        before: describeArtifact(artifact),
      });
    });
  }
}

function cursorOf(artifact: Artifact): string {
  return encodeCursor([artifact.operatingSystem, artifact.architecture, artifact.variant, artifact.format]);
}

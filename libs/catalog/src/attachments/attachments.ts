import type { ChangeRecorder, Database } from '@imgsrv/platform';
import { findArtifact } from '../artifacts/artifact.repository.js';
import { refuseSecondMetadata } from '../made-metadata/require-launchable.js';
import {
  ArtifactNotFoundError,
  AttachmentExistsError,
  AttachmentNotFoundError,
  CatalogLimitError,
} from '../catalog.errors.js';
import { refuseOtherFormat } from '../deltas/delta-names.js';
import { refuseSecondDelta } from '../deltas/delta-wish.js';
import { ARTIFACT_ID, ATTACHMENT_ID } from '../names/names.js';
import { attachBlob } from '../published-blobs/attach-blob.js';
import type { Viewer } from '../visibility.js';
import { attachmentResource } from '../resources.js';
import { parseVersionAddress } from '../versions/version-address.js';
import { lockDraft } from '../versions/version.repository.js';
import { type Attachment, MAX_ATTACHMENTS_PER_ARTIFACT, type NewAttachment } from './attachment.js';
import { describeAttachment, parseAttachment } from './attachment-declaration.js';
import { countAttachments, deleteAttachment, insertAttachment } from './attachment.repository.js';

/** Attachments: declared and removed while their version is a draft. */
export class Attachments {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
  ) {}

  /**
   * Throws AttachmentExistsError, MetadataGivenTwiceError, InvalidDeltaError, VersionNotDraftError, CatalogLimitError, BlobNotAvailableError when `viewer` is a
   * limited writer that does not see the blob, ArtifactNotFoundError, VersionNotFoundError and ImageNotFoundError.
   */
  async create(
    image: string,
    version: string,
    artifactId: string,
    attachment: NewAttachment,
    viewer: Viewer = 'writer',
  ): Promise<Attachment> {
    const address = parseVersionAddress(image, version);
    const id = ARTIFACT_ID.parse(artifactId);
    const declared = parseAttachment(attachment);
    return this.database.transaction(async (tx) => {
      const draft = await lockDraft(tx, address);
      const artifact = await findArtifact(tx, draft.id, id);
      if (artifact === undefined) {
        throw new ArtifactNotFoundError();
      }
      refuseSecondMetadata(artifact, [declared.name]);
      refuseOtherFormat(artifact, declared);
      refuseSecondDelta(artifact, [declared.name]);
      if ((await countAttachments(tx, id)) >= MAX_ATTACHMENTS_PER_ARTIFACT) {
        throw new CatalogLimitError('attachments of an artifact', MAX_ATTACHMENTS_PER_ARTIFACT);
      }
      await attachBlob(tx, declared.blobDigest, viewer);
      const created = await insertAttachment(tx, id, declared);
      if (created === undefined) {
        throw new AttachmentExistsError();
      }
      await this.changes.record(tx, {
        action: 'attachment.create',
        resource: attachmentResource(address, id, created.id),
        after: describeAttachment(created),
      });
      return created;
    });
  }

  /**
   * Removes an attachment from a draft. Throws AttachmentNotFoundError, ArtifactNotFoundError,
   * VersionNotDraftError, VersionNotFoundError and ImageNotFoundError.
   */
  async delete(image: string, version: string, artifactId: string, attachmentId: string): Promise<void> {
    const address = parseVersionAddress(image, version);
    const ofArtifact = ARTIFACT_ID.parse(artifactId);
    const id = ATTACHMENT_ID.parse(attachmentId);
    await this.database.transaction(async (tx) => {
      const draft = await lockDraft(tx, address);
      if ((await findArtifact(tx, draft.id, ofArtifact)) === undefined) {
        throw new ArtifactNotFoundError();
      }
      if (!(await deleteAttachment(tx, ofArtifact, id))) {
        throw new AttachmentNotFoundError();
      }
      await this.changes.record(tx, {
        action: 'attachment.delete',
        resource: attachmentResource(address, ofArtifact, id),
      });
    });
  }
}

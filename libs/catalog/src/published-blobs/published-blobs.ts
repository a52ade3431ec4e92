import type { Database } from '@imgsrv/platform';
import { DEFAULT_VARIANT } from '../artifacts/artifact.js';
import { ArtifactNotFoundError, AttachmentNotFoundError } from '../catalog.errors.js';
import { getFormat } from '../formats/image-formats.js';
import { ARTIFACT_ID, ATTACHMENT_ID } from '../names/names.js';
import { parseVersionAddress, type VersionAddress } from '../versions/version-address.js';
import { findVersionAt, refuseWithdrawn } from '../versions/version.repository.js';
import type { PublishedBlob } from './published-blob.js';
import {
  findPublishedArtifact,
  findPublishedAttachment,
  type PublishedArtifactRow,
} from './published-blob.repository.js';

/** Which bytes anyone may download. */
export class PublishedBlobs {
  constructor(private readonly database: Database) {}

  /**
   * The bytes of an artifact. Throws VersionWithdrawnError, and ArtifactNotFoundError, also when its version is absent or not
   * published.
   */
  async getArtifact(image: string, version: string, artifactId: string): Promise<PublishedBlob> {
    const address = parseVersionAddress(image, version);
    const id = ARTIFACT_ID.parse(artifactId);
    const row = await this.database.use((connection) => findPublishedArtifact(connection, address, id));
    if (row === undefined) {
      await this.refuseWithdrawn(address);
      throw new ArtifactNotFoundError();
    }
    return {
      digest: row.digest,
      sizeBytes: Number(row.size_bytes),
      mediaType: row.media_type,
      fileName: artifactFileName(address, row),
    };
  }

  /**
   * The bytes of an attachment. Throws VersionWithdrawnError, and AttachmentNotFoundError in every other case in which
   * there is nothing to see.
   */
  async getAttachment(
    image: string,
    version: string,
    artifactId: string,
    attachmentId: string,
  ): Promise<PublishedBlob> {
    const address = parseVersionAddress(image, version);
    const ofArtifact = ARTIFACT_ID.parse(artifactId);
    const id = ATTACHMENT_ID.parse(attachmentId);
    const row = await this.database.use((connection) =>
      findPublishedAttachment(connection, address, ofArtifact, id),
    );
    if (row === undefined) {
      await this.refuseWithdrawn(address);
      throw new AttachmentNotFoundError();
    }
    return {
      digest: row.digest,
      sizeBytes: Number(row.size_bytes),
      mediaType: row.media_type,
      fileName: row.name,
    };
  }

  private async refuseWithdrawn(address: VersionAddress): Promise<void> {
    refuseWithdrawn(await this.database.use((connection) => findVersionAt(connection, address)));
  }
}

/** `:`, which a version may have, cannot be part of a file name everywhere. */
function artifactFileName({ image, version }: VersionAddress, row: PublishedArtifactRow): string {
  const variant = row.variant === DEFAULT_VARIANT ? [] : [row.variant];
  const stem = [image, version, row.architecture, ...variant].join('-').replaceAll(':', '_');
  return `${stem}.${getFormat(row.format).fileExtension}`;
}

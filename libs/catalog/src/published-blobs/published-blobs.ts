import type { Database } from '@imgsrv/platform';
import { DEFAULT_VARIANT } from '../artifacts/artifact.js';
import { ArtifactNotFoundError, AttachmentNotFoundError } from '../catalog.errors.js';
import { getFormat } from '../formats/image-formats.js';
import { ARTIFACT_ID, ATTACHMENT_ID } from '../names/names.js';
import { parseVersionAddress, type VersionAddress } from '../versions/version-address.js';
import type { PublishedBlob } from './published-blob.js';
import {
  findPublishedArtifact,
  findPublishedAttachment,
  type PublishedArtifactRow,
} from './published-blob.repository.js';

/** Which bytes anyone may download. */
export class PublishedBlobs {
  constructor(private readonly database: Database) {}

  /** The bytes of an artifact. Throws ArtifactNotFoundError, also when its version is absent or not published. */
  async getArtifact(image: string, version: string, artifactId: string): Promise<PublishedBlob> {
    const address = parseVersionAddress(image, version);
    const id = ARTIFACT_ID.parse(artifactId);
    const row = await this.database.use((connection) => findPublishedArtifact(connection, address, id));
    if (row === undefined) {
      throw new ArtifactNotFoundError();
    }
    return {
      digest: row.digest,
      sizeBytes: Number(row.size_bytes),
      mediaType: row.media_type,
      fileName: artifactFileName(address, row),
    };
  }

  /** The bytes of an attachment. Throws AttachmentNotFoundError in every case in which there is nothing to see. */
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
      throw new AttachmentNotFoundError();
    }
    return {
      digest: row.digest,
      sizeBytes: Number(row.size_bytes),
      mediaType: row.media_type,
      fileName: row.name,
    };
  }
}

/** `:`, which a version may have, cannot be part of a file name everywhere. */
function artifactFileName({ image, version }: VersionAddress, row: PublishedArtifactRow): string {
  const variant = row.variant === DEFAULT_VARIANT ? [] : [row.variant];
  const stem = [image, version, row.architecture, ...variant].join('-').replaceAll(':', '_');
  return `${stem}.${getFormat(row.format).fileExtension}`;
}

import type { Database } from '@imgsrv/platform';
import { AudienceLookup } from '../audience-lookup.js';
import { DEFAULT_VARIANT } from '../artifacts/artifact.js';
import { ArtifactNotFoundError, AttachmentNotFoundError } from '../catalog.errors.js';
import { getFormat } from '../formats/image-formats.js';
import { ARTIFACT_ID, ATTACHMENT_ID } from '../names/names.js';
import { parseVersionAddress, type VersionAddress } from '../versions/version-address.js';
import { findVersionAt, refuseWithdrawn } from '../versions/version.repository.js';
import { type Audience, audienceOf, type Viewer } from '../visibility.js';
import type { PublishedBlob } from './published-blob.js';
import {
  artifactKey,
  findPublishedArtifacts,
  findPublishedAttachment,
  type PublishedArtifactRow,
} from './published-blob.repository.js';

/** Which bytes a viewer may download of what is published. */
export class PublishedBlobs {
  private readonly artifacts: AudienceLookup<string, PublishedArtifactRow>;

  constructor(private readonly database: Database) {
    this.artifacts = new AudienceLookup((keys, audience) =>
      database.use((connection) => findPublishedArtifacts(connection, keys, audience)),
    );
  }

  /**
   * The bytes of an artifact. Throws VersionWithdrawnError, and ArtifactNotFoundError, also when its version is absent or not
   * published.
   */
  async getArtifact(
    image: string,
    version: string,
    artifactId: string,
    viewer: Viewer,
  ): Promise<PublishedBlob> {
    const address = parseVersionAddress(image, version);
    const id = ARTIFACT_ID.parse(artifactId);
    const audience = audienceOf(viewer);
    const row = await this.artifacts.get(artifactKey(address, id), audience);
    if (row === undefined) {
      await this.refuseWithdrawn(address, audience);
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
    viewer: Viewer,
  ): Promise<PublishedBlob> {
    const address = parseVersionAddress(image, version);
    const ofArtifact = ARTIFACT_ID.parse(artifactId);
    const id = ATTACHMENT_ID.parse(attachmentId);
    const audience = audienceOf(viewer);
    const row = await this.database.use((connection) =>
      findPublishedAttachment(connection, address, ofArtifact, id, audience),
    );
    if (row === undefined) {
      await this.refuseWithdrawn(address, audience);
      throw new AttachmentNotFoundError();
    }
    return {
      digest: row.digest,
      sizeBytes: Number(row.size_bytes),
      mediaType: row.media_type,
      fileName: row.name,
    };
  }

  private async refuseWithdrawn(address: VersionAddress, audience: Audience): Promise<void> {
    refuseWithdrawn(await this.database.use((connection) => findVersionAt(connection, address, audience)));
  }
}

/** `:`, which a version may have, cannot be part of a file name everywhere. */
function artifactFileName({ image, version }: VersionAddress, row: PublishedArtifactRow): string {
  const variant = row.variant === DEFAULT_VARIANT ? [] : [row.variant];
  const stem = [image, version, row.architecture, ...variant].join('-').replaceAll(':', '_');
  return `${stem}.${getFormat(row.format).fileExtension}`;
}

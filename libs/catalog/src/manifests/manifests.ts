import type { Database, Transaction } from '@imgsrv/platform';
import { findAlias } from '../aliases/alias.repository.js';
import { listArtifacts } from '../artifacts/artifact.repository.js';
import { listAttachments } from '../attachments/attachment.repository.js';
import type { Attachment } from '../attachments/attachment.js';
import { RefNotFoundError, VersionNotFoundError } from '../catalog.errors.js';
import { getImage } from '../images/image.repository.js';
import type { Image } from '../images/image.js';
import {
  ALIAS_NAME,
  type ArtifactId,
  IMAGE_NAME,
  REF_NAME,
  type RefName,
  VERSION_NAME,
} from '../names/names.js';
import { parseVersionAddress } from '../versions/version-address.js';
import { findVersion } from '../versions/version.repository.js';
import type { Version } from '../versions/version.js';
import type { Visibility } from '../visibility.js';
import type { Manifest } from './manifest.js';

/** Manifests, read in one snapshot: never half of an edit. */
export class Manifests {
  constructor(private readonly database: Database) {}

  /** Throws VersionNotFoundError and ImageNotFoundError. */
  async get(image: string, version: string, visibility: Visibility): Promise<Manifest> {
    const address = parseVersionAddress(image, version);
    return this.database.snapshot(async (tx) => {
      const found = await getImage(tx, address.image, visibility);
      const ofVersion = await findVersion(tx, found.id, address.version);
      if (ofVersion === undefined || (visibility === 'published' && ofVersion.state !== 'published')) {
        throw new VersionNotFoundError();
      }
      return readManifest(tx, found, ofVersion);
    });
  }

  /**
   * The manifest of the published version of exactly this name or, without one, of the version that the alias
   * points to. Throws RefNotFoundError and ImageNotFoundError.
   */
  async getByRef(image: string, ref: string): Promise<Manifest> {
    const imageName = IMAGE_NAME.parse(image);
    const refName = REF_NAME.parse(ref);
    return this.database.snapshot(async (tx) => {
      const found = await getImage(tx, imageName, 'published');
      const version = await resolveRef(tx, found, refName);
      if (version === undefined) {
        throw new RefNotFoundError();
      }
      return readManifest(tx, found, version);
    });
  }
}

async function resolveRef(tx: Transaction, image: Image, ref: RefName): Promise<Version | undefined> {
  const exact = await findVersion(tx, image.id, VERSION_NAME.parse(ref));
  if (exact?.state === 'published') {
    return exact;
  }
  const alias = ALIAS_NAME.matches(ref) ? await findAlias(tx, image.id, ref) : undefined;
  return alias && findVersion(tx, image.id, alias.version);
}

async function readManifest(tx: Transaction, image: Image, version: Version): Promise<Manifest> {
  const artifacts = await listArtifacts(tx, version.id, null);
  const attachments = groupByArtifact(await listAttachments(tx, version.id));
  return {
    image,
    version,
    artifacts: artifacts.map((artifact) => ({ artifact, attachments: attachments.get(artifact.id) ?? [] })),
  };
}

function groupByArtifact(attachments: readonly Attachment[]): ReadonlyMap<ArtifactId, Attachment[]> {
  const groups = new Map<ArtifactId, Attachment[]>();
  for (const attachment of attachments) {
    const group = groups.get(attachment.artifactId);
    if (group === undefined) {
      groups.set(attachment.artifactId, [attachment]);
    } else {
      group.push(attachment);
    }
  }
  return groups;
}

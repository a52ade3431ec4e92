import type { Connection, Database } from '@imgsrv/platform';
import { LRUCache } from 'lru-cache';
import { findAlias } from '../aliases/alias.repository.js';
import { listArtifacts } from '../artifacts/artifact.repository.js';
import { listAttachments } from '../attachments/attachment.repository.js';
import type { Artifact } from '../artifacts/artifact.js';
import type { Attachment } from '../attachments/attachment.js';
import { AudienceLookup } from '../audience-lookup.js';
import { RefNotFoundError } from '../catalog.errors.js';
import { getImage } from '../images/image.repository.js';
import type { Image } from '../images/image.js';
import {
  ALIAS_NAME,
  type ArtifactId,
  IMAGE_NAME,
  REF_NAME,
  type RefName,
  type VersionId,
  VERSION_NAME,
} from '../names/names.js';
import { resolveName } from '../names/name-kinds.js';
import { parseVersionAddress } from '../versions/version-address.js';
import {
  findVersion,
  findVersionAt,
  getImageAndVersion,
  refuseWithdrawn,
} from '../versions/version.repository.js';
import type { Version } from '../versions/version.js';
import { asReader, audienceOf, seesState, type Viewer } from '../visibility.js';
import type { Manifest } from './manifest.js';
import { addressKey, findPublishedVersions, type PublishedVersion } from './published-version.repository.js';

/**
 * Manifests, never with half of an edit: one that may still be edited is read in one snapshot, a published one needs
 * none, because the database lets nobody change it.
 */
export class Manifests {
  private readonly published: AudienceLookup<string, PublishedVersion>;
  /** What published versions declare. */
  private readonly declared: LRUCache<VersionId, Declared>;

  constructor(private readonly database: Database) {
    this.published = new AudienceLookup((keys, audience) =>
      database.use((connection) => findPublishedVersions(connection, keys, audience)),
    );
    this.declared = new LRUCache<VersionId, Declared>({
      maxSize: MOST_DECLARED,
      sizeCalculation: ({ artifacts, attachments }) => 1 + artifacts.length + attachments.length,
      ttl: DECLARED_FOR_MS,
      fetchMethod: (id) => this.readDeclared(id),
    });
  }

  /** Throws VersionWithdrawnError, VersionNotFoundError and ImageNotFoundError. */
  async get(image: string, version: string, viewer: Viewer): Promise<Manifest> {
    const address = parseVersionAddress(image, version);
    const published = await this.published.get(addressKey(address), audienceOf(viewer));
    if (published !== undefined) {
      return this.readPublished(published);
    }
    const find = (connection: Connection) => getImageAndVersion(connection, address, viewer);
    const found = await this.database.use(find);
    return found.version.state === 'published'
      ? this.readPublished(found)
      : this.database.snapshot(async (connection) => {
          const now = await find(connection);
          return toManifest(
            now,
            await listArtifacts(connection, now.version.id, null),
            await listAttachments(connection, now.version.id),
          );
        });
  }

  /**
   * The manifest of the published version of exactly this name or, without one, of the version that the alias
   * points to. Throws VersionWithdrawnError for exactly a version's name, RefNotFoundError and ImageNotFoundError.
   */
  async getByRef(image: string, ref: string, viewer: Viewer): Promise<Manifest> {
    const imageName = IMAGE_NAME.parse(image);
    const refName = REF_NAME.parse(ref);
    const address = { image: imageName, version: VERSION_NAME.parse(ref) };
    // A version's name is looked for first because nearly all are one; it is the strongest claim there can be.
    const published = await this.published.get(addressKey(address), audienceOf(viewer));
    if (published !== undefined) {
      return this.readPublished(published);
    }
    const found = await this.database.use(async (connection) => {
      const exact = await findVersionAt(connection, address, audienceOf(viewer));
      refuseWithdrawn(exact);
      const ofName = await getImage(connection, imageName, asReader(viewer));
      return { image: ofName, version: await resolveRef(connection, ofName, refName, exact) };
    });
    if (found.version === undefined) {
      throw new RefNotFoundError();
    }
    return this.readPublished({ image: found.image, version: found.version });
  }

  private async readPublished(found: PublishedVersion): Promise<Manifest> {
    const { artifacts, attachments } = await this.declared.forceFetch(found.version.id);
    return toManifest(found, artifacts, attachments);
  }

  private async readDeclared(id: VersionId): Promise<Declared> {
    const [artifacts, attachments] = await Promise.all([
      this.database.use((connection) => listArtifacts(connection, id, null)),
      this.database.use((connection) => listAttachments(connection, id)),
    ]);
    return { artifacts, attachments };
  }
}

/** Artifacts and attachments of all versions together; some KiB each. */
const MOST_DECLARED = 4000;
/**
 * All of it is fixed, but how large the disk in a blob is may be found out later, and the database may be one that was restored.
 */
const DECLARED_FOR_MS = 10_000;

interface Declared {
  readonly artifacts: readonly Artifact[];
  readonly attachments: readonly Attachment[];
}

async function resolveRef(
  connection: Connection,
  image: Image,
  ref: RefName,
  exact: Version | undefined,
): Promise<Version | undefined> {
  const version = exact && seesState('anyone', image.name, exact.state) ? exact : undefined;
  const alias = version === undefined ? await findAliasTarget(connection, image, ref) : undefined;
  return resolveName({ version, alias })?.meaning;
}

async function findAliasTarget(
  connection: Connection,
  image: Image,
  ref: RefName,
): Promise<Version | undefined> {
  const alias = ALIAS_NAME.matches(ref) ? await findAlias(connection, image.id, ref) : undefined;
  return alias && findVersion(connection, image.id, alias.version);
}

function toManifest(
  { image, version }: PublishedVersion,
  artifacts: readonly Artifact[],
  attachments: readonly Attachment[],
): Manifest {
  const groups = groupByArtifact(attachments);
  return {
    image,
    version,
    artifacts: artifacts.map((artifact) => ({ artifact, attachments: groups.get(artifact.id) ?? [] })),
  };
}

/** The attachments of a version by the artifact that each belongs to. */
export function groupByArtifact(attachments: readonly Attachment[]): ReadonlyMap<ArtifactId, Attachment[]> {
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

import { type ChangeRecorder, type Database, lockName, type Transaction } from '@imgsrv/platform';
import { insertArtifact, listArtifacts, updateArtifactMetadata } from '../artifacts/artifact.repository.js';
import { describeArtifact } from '../artifacts/artifact-declaration.js';
import type { Artifact } from '../artifacts/artifact.js';
import { refuseUnusableAliases } from '../aliases/future-aliases.js';
import { describeAttachment } from '../attachments/attachment-declaration.js';
import { insertAttachments, listAttachments } from '../attachments/attachment.repository.js';
import { BlobsNotVerifiedError, ReleaseConflictError } from '../catalog.errors.js';
import { insertImage, lockImage } from '../images/image.repository.js';
import { groupByArtifact } from '../manifests/manifests.js';
import { refuseArchitectureName } from '../names/reserved-names.js';
import { attachBlobs } from '../published-blobs/attach-blob.js';
import { beginPublish } from '../publishing/begin-publish.js';
import { lockDeclaredBlobs } from '../publishing/binding.repository.js';
import { getLatestPublishJob } from '../publishing/read-publish-job.js';
import type { PublishJob } from '../publishing/publish-job.js';
import { artifactResource, attachmentResource, imageResource, versionResource } from '../resources.js';
import { refuseTooManyDrafts, type VersionLimits } from '../versions/draft-limit.js';
import { parseVersionAddress, type VersionAddress } from '../versions/version-address.js';
import { insertDraft, lockVersion, refuseWithdrawn, updateMetadata } from '../versions/version.repository.js';
import type { Version } from '../versions/version.js';
import type { VersionMetadata, VersionSource } from '../versions/version-metadata.js';
import type { Viewer, Visibility } from '../visibility.js';
import { findContentDifference } from './content-difference.js';
import { artifactKey, type NewRelease, parseRelease, type ReleaseContent } from './release.js';

/** Who releases: as whom the draft and the job count, and which blobs they may refer to. */
export interface Releaser {
  readonly principalId: string;
  readonly viewer: Viewer;
  /** What a version is made of that does not say it itself. */
  readonly source?: VersionSource;
}

/** Whole versions, declared and published by one request. */
export class Releases {
  constructor(
    private readonly database: Database,
    private readonly changes: ChangeRecorder,
    private readonly limits: VersionLimits,
    /** Of images whose first release says nothing. */
    private readonly defaultVisibility: Visibility = 'public',
  ) {}

  /**
   * Makes what is missing of an image, a version and what it declares, and queues its publish, which also moves the aliases
   * when it ends. All of it is done or nothing. Repeating it, also at the same time, gives the job that is there. Throws
   * ReleaseConflictError when the version has other content, BlobsNotVerifiedError with every digest that is not there or
   * that the releaser may not refer to, InvalidReleaseError, NotLaunchableError,
   * MetadataGivenTwiceError, InvalidDeltaError, DeltaBaseUnusableError, DeltaTooLargeError, NameTakenError, ReservedNameError, DraftLimitError,
   * CatalogLimitError and VersionWithdrawnError.
   */
  async release(
    image: string,
    version: string,
    release: NewRelease,
    releaser: Releaser,
  ): Promise<PublishJob> {
    const address = parseVersionAddress(image, version);
    const wanted = parseRelease(release);
    return this.database.transaction(async (tx) => {
      const locked = await this.findOrCreateVersion(tx, address, {
        principalId: releaser.principalId,
        visibility: release.visibility ?? this.defaultVisibility,
      });
      refuseWithdrawn(locked);
      const isDraft = locked.state === 'draft';
      const present = await readContent(tx, locked);
      const difference = findContentDifference(present, wanted, { mayGrow: isDraft });
      if (difference !== undefined) {
        throw new ReleaseConflictError(difference, locked.state);
      }
      if (isDraft) {
        await this.declare(tx, { address, draft: locked }, { wanted, present }, releaser.viewer);
        await updateMetadata(tx, locked.id, completed(locked.metadata, wanted.metadata, releaser.source));
        wanted.aliases.forEach((alias) => {
          refuseArchitectureName(alias, 'an alias');
        });
        await refuseUnusableAliases(tx, locked, wanted.aliases);
        const { principalId: publisher } = releaser;
        await beginPublish(tx, this.changes, locked, { address, publisher, aliases: wanted.aliases });
      }
      return getLatestPublishJob(tx, locked.id);
    });
  }

  /** The image and the version are locked from then on. */
  private async findOrCreateVersion(
    tx: Transaction,
    address: VersionAddress,
    { principalId, visibility }: { readonly principalId: string; readonly visibility: Visibility },
  ): Promise<Version> {
    await this.createMissingImage(tx, address, visibility);
    const { id: imageId } = await lockImage(tx, address.image);
    const draft = await insertDraft(tx, imageId, address.version, principalId, {});
    if (draft === undefined) {
      return lockVersion(tx, address);
    }
    refuseArchitectureName(address.version, 'a version');
    await lockName(tx, 'drafts', principalId);
    await refuseTooManyDrafts(tx, principalId, this.limits);
    await this.changes.record(tx, {
      action: 'version.create',
      resource: versionResource(address),
      after: { state: draft.state },
    });
    return draft;
  }

  private async createMissingImage(
    tx: Transaction,
    { image }: VersionAddress,
    visibility: Visibility,
  ): Promise<void> {
    if ((await insertImage(tx, image, { displayName: null, description: null, visibility })) === undefined) {
      return;
    }
    refuseArchitectureName(image, 'the name of an image');
    await this.changes.record(tx, {
      action: 'image.create',
      resource: imageResource(image),
      after: { display_name: null, description: null, visibility },
    });
  }

  /** Adds what the draft lacks. */
  private async declare(
    tx: Transaction,
    { address, draft }: { readonly address: VersionAddress; readonly draft: Version },
    { wanted, present }: { readonly wanted: ReleaseContent; readonly present: PresentContent },
    viewer: Viewer,
  ): Promise<void> {
    const unavailable = await attachBlobs(tx, digestsOf(wanted), viewer);
    const added: Artifact[] = [];
    const missing = [];
    for (const { artifact, attachments } of wanted.artifacts) {
      const known = present.byKey.get(artifactKey(artifact));
      const created = known === undefined ? await insertArtifact(tx, draft.id, artifact) : undefined;
      const artifactId = (known ?? created)?.id;
      if (artifactId === undefined) {
        throw new Error(`the locked draft ${draft.id} has an artifact that it had not before`);
      }
      added.push(...(created === undefined ? [] : [created]));
      if (known !== undefined) {
        await updateArtifactMetadata(tx, draft.id, artifactId, artifact.metadata);
      }
      const names = new Set(present.attachmentNames.get(artifactId) ?? []);
      missing.push(
        ...attachments.flatMap((attachment) =>
          names.has(attachment.name) ? [] : [{ ...attachment, artifactId }],
        ),
      );
    }
    const attached = await insertAttachments(tx, missing);
    if (unavailable.length > 0) {
      // A limited writer cannot tell what it may not refer to from what is not there.
      const absent = await lockDeclaredBlobs(tx, draft.id);
      throw new BlobsNotVerifiedError([...new Set([...unavailable, ...absent])].sort());
    }
    await this.changes.record(
      tx,
      ...added.map((artifact) => ({
        action: 'artifact.create',
        resource: artifactResource(address, artifact.id),
        after: describeArtifact(artifact),
      })),
      ...attached.map((attachment) => ({
        action: 'attachment.create',
        resource: attachmentResource(address, attachment.artifactId, attachment.id),
        after: describeAttachment(attachment),
      })),
    );
  }
}

/** What is said of a draft already stays: whatever the release says else was refused. */
function completed(
  present: VersionMetadata,
  wanted: VersionMetadata,
  usualSource: VersionSource | undefined,
): VersionMetadata {
  const source = wanted.source ?? present.source ?? usualSource;
  return { ...present, ...wanted, ...(source === undefined ? {} : { source }) };
}

interface PresentContent extends ReleaseContent {
  readonly byKey: ReadonlyMap<string, Artifact>;
  readonly attachmentNames: ReadonlyMap<string, readonly string[]>;
}

async function readContent(tx: Transaction, version: Version): Promise<PresentContent> {
  const artifacts = await listArtifacts(tx, version.id, null);
  const declared = (await listAttachments(tx, version.id)).filter(({ isGenerated }) => !isGenerated);
  const attachments = groupByArtifact(declared);
  return {
    artifacts: artifacts.map((artifact) => ({ artifact, attachments: attachments.get(artifact.id) ?? [] })),
    metadata: version.metadata,
    aliases: version.state === 'draft' ? [] : (await getLatestPublishJob(tx, version.id)).aliases,
    byKey: new Map(artifacts.map((artifact) => [artifactKey(artifact), artifact])),
    attachmentNames: new Map([...attachments].map(([id, group]) => [id, group.map(({ name }) => name)])),
  };
}

function digestsOf({ artifacts }: ReleaseContent) {
  const digests = artifacts.flatMap(({ artifact, attachments }) => [
    artifact.primaryBlobDigest,
    ...attachments.map(({ blobDigest }) => blobDigest),
  ]);
  return [...new Set(digests)];
}

import type { Digest } from '@imgsrv/cas';
import type { ArtifactId, FormatName, VersionId } from '@imgsrv/catalog';
import type { StreamsClient } from '../clients.js';

export type ImageType = 'container' | 'virtual-machine';

/** The bytes of one item. */
export interface StreamsFile {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What makes a root out of that of an earlier version. */
export interface RootDelta {
  readonly file: StreamsFile;
  /** Absent while nobody is shown the base. */
  readonly base?: { readonly fingerprint: string; readonly metadata: StreamsFile };
}

/** What an image's own metadata says of it: the word that counts for everybody who publishes these bytes. */
export interface ContentFacts {
  /** In Incus' spelling. */
  readonly architecture?: string;
  readonly os?: string;
  readonly release?: string;
  readonly releaseTitle?: string;
  readonly variant?: string;
  readonly requirements?: Readonly<Record<string, string>>;
  /** Seconds since 1970. */
  readonly createdAtSeconds?: number;
  /** Seconds since 1970; absent when it does not expire. */
  readonly expiresAtSeconds?: number;
}

/** One root of a published version for one client: a projection row with all that its product needs. */
export interface PublishedRoot {
  readonly artifactId: ArtifactId;
  readonly client: StreamsClient;
  readonly imageType: ImageType;
  readonly versionId: VersionId;
  readonly image: string;
  readonly version: string;
  readonly publishedAt: Date;
  /** When the version came back after a withdrawal, last. */
  readonly restoredAt?: Date;
  /** Whether its publisher has marked the version as not to be used any more. */
  readonly isDeprecated: boolean;
  /** `YYYY-MM-DD`, when the publisher of the version says it. */
  readonly endOfLife?: string;
  /** Whether the publisher says that a virtual machine of it boots with Secure Boot. */
  readonly secureBoot?: boolean;
  readonly projectedAt: Date;
  /** As the version declares it, in Incus' spelling. */
  readonly architecture: string;
  /** As the version declares it; part of its names. */
  readonly variant: string;
  /** What this version's publisher would call the image: the content's word, else its own. So are the next three. */
  readonly os: string;
  readonly release: string;
  readonly releaseTitle: string;
  readonly requirements: Readonly<Record<string, string>>;
  /** Undefined in a row that was written before it was kept, until `StreamsProjection.reproject` has read the content. */
  readonly content?: ContentFacts;
  readonly format: FormatName;
  readonly root: StreamsFile;
  /** Absent for a unified image, which carries its metadata within. */
  readonly metadata?: StreamsFile;
  /** Lower-case hex: sha256 of the metadata bytes followed by the root bytes; of a unified image its own sha256. */
  readonly fingerprint: string;
  readonly delta?: RootDelta;
}

/** A row of a version that was listed until it was withdrawn, within the last day. */
export interface WithdrawnRoot extends PublishedRoot {
  readonly withdrawnAt: Date;
}

/** What the documents are made of. */
export interface ListedRoots {
  readonly published: readonly PublishedRoot[];
  /** Not in the documents; they say what files were called that other versions have as well. */
  readonly withdrawn: readonly WithdrawnRoot[];
}

/** A name that points to a published version. */
export interface PublishedAlias {
  readonly image: string;
  readonly alias: string;
  readonly versionId: VersionId;
}

/** A projection row that is not in the documents, and why. */
export interface LeftOutRoot {
  readonly artifactId: ArtifactId;
  readonly client: StreamsClient;
  readonly reason: string;
}

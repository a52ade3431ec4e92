import type { ImageScope } from '../grants/image-patterns.js';
import type { PrincipalId } from '../principals/principal.js';

export type ReadLinkId = string & { readonly __brand: 'ReadLinkId' };

/** The beginning of addresses that let their holder read what a principal may read of some images, and nothing else. */
export interface ReadLink {
  readonly id: ReadLinkId;
  readonly principalId: PrincipalId;
  /** What it is for; may be empty. */
  readonly name: string;
  /** The only images that it shows. */
  readonly imageScope: ImageScope;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt?: Date;
}

export type NewReadLink = Pick<ReadLink, 'name' | 'imageScope' | 'expiresAt'>;

/** A link at the only moment at which its secret exists. */
export interface IssuedReadLink {
  readonly link: ReadLink;
  /** The whole token that stands in the addresses. */
  readonly plaintext: string;
}

/** Brands an id from a validated path or a row. */
export function readLinkId(canonicalUuid: string): ReadLinkId {
  return canonicalUuid as ReadLinkId;
}

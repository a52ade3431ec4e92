import { type Digest, DIGEST_PATTERN } from '@imgsrv/cas';
import type { JobId } from '@imgsrv/jobs';
import { UUID_PATTERN } from '@imgsrv/platform';
import { NameGrammar } from './name-grammar.js';

export type ImageName = string & { readonly __brand: 'ImageName' };
export type VersionName = string & { readonly __brand: 'VersionName' };
export type AliasName = string & { readonly __brand: 'AliasName' };
export type ChannelName = string & { readonly __brand: 'ChannelName' };
export type RefName = string & { readonly __brand: 'RefName' };
/** An operating system, an architecture, a variant or the name of an attachment. */
export type Token = string & { readonly __brand: 'Token' };
export type MediaType = string & { readonly __brand: 'MediaType' };

// No pattern lets a name begin with a dot, so `.` and `..` are none; without the `m` flag `$` is the very end.
export const IMAGE_NAME = new NameGrammar<ImageName>(
  'An image name',
  /^[a-z0-9][a-z0-9._-]{0,127}$/,
  'has 1 to 128 of a-z, 0-9, ".", "_" and "-", the first a letter or digit',
);
export const VERSION_NAME = new NameGrammar<VersionName>(
  'A version',
  /^[A-Za-z0-9][A-Za-z0-9._+:-]{0,127}$/,
  'has 1 to 128 of A-Z, a-z, 0-9, ".", "_", "+", ":" and "-", the first a letter or digit',
);
export const ALIAS_NAME = new NameGrammar<AliasName>(
  'An alias',
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  'has 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-", the first a letter or digit',
);
export const CHANNEL_NAME = new NameGrammar<ChannelName>(
  'The name of a channel',
  /^[a-z0-9][a-z0-9._-]{0,63}$/,
  'has 1 to 64 of a-z, 0-9, ".", "_" and "-", the first a letter or digit',
);
/** A version or an alias; every alias is also shaped like a version. */
export const REF_NAME = new NameGrammar<RefName>(
  'A reference',
  VERSION_NAME.pattern,
  'has 1 to 128 of A-Z, a-z, 0-9, ".", "_", "+", ":" and "-", the first a letter or digit',
);
export const TOKEN = new NameGrammar<Token>(
  'A token',
  /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/,
  'has 1 to 64 of A-Z, a-z, 0-9, ".", "_", "+" and "-", the first a letter or digit',
);
/** `type/subtype`, both tokens of RFC 9110 section 5.6.2, without parameters. */
export const MEDIA_TYPE = new NameGrammar<MediaType>(
  'A media type',
  /^(?=.{3,255}$)[!#$%&'*+.^_`|~0-9A-Za-z-]+\/[!#$%&'*+.^_`|~0-9A-Za-z-]+$/,
  'is type/subtype without parameters, at most 255 characters',
);
export const DIGEST = new NameGrammar<Digest>(
  'A digest',
  DIGEST_PATTERN,
  'is "sha256:" and 64 lower-case hexadecimal digits',
);

const UUID_RULE = 'is a UUID in its canonical lower-case form';

export type ImageId = string & { readonly __brand: 'ImageId' };
export type VersionId = string & { readonly __brand: 'VersionId' };
export type ArtifactId = string & { readonly __brand: 'ArtifactId' };
export type AttachmentId = string & { readonly __brand: 'AttachmentId' };
export type AliasId = string & { readonly __brand: 'AliasId' };

export const VERSION_ID = new NameGrammar<VersionId>('A version id', UUID_PATTERN, UUID_RULE);
export const ARTIFACT_ID = new NameGrammar<ArtifactId>('An artifact id', UUID_PATTERN, UUID_RULE);
export const ATTACHMENT_ID = new NameGrammar<AttachmentId>('An attachment id', UUID_PATTERN, UUID_RULE);
export const PUBLISH_JOB_ID = new NameGrammar<JobId>('A job id', UUID_PATTERN, UUID_RULE);

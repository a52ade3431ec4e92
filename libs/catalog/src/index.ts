export type { Alias, AliasPrecondition } from './aliases/alias.js';
export { type Channel, MAX_CHANNELS, type SavedChannel } from './channels/channel.js';
export { allChannels, Channels } from './channels/channels.js';
export { Aliases } from './aliases/aliases.js';
export { type Promotion, promotionId } from './promotions/promotion.js';
export { Promotions } from './promotions/promotions.js';
export { toIncusArchitecture } from './architectures.js';
export { decompressGzip } from './archives/decompress-gzip.js';
export { decompressXz } from './archives/decompress-xz.js';
export { COMPRESSION_HEAD_BYTES, describeOtherCompression } from './archives/other-compression.js';
export { BeyondLimitError, ByteReader } from './archives/tar/byte-reader.js';
export { type TarEntry, TarReader } from './archives/tar/tar-reader.js';
export { UnsoundArchiveError } from './archives/unsound-archive.error.js';
export { toRelativePath } from './archives/whole-archive.js';
export {
  type Artifact,
  DEFAULT_VARIANT,
  type DetectedContent,
  MAX_ARTIFACTS_PER_VERSION,
  type NewArtifact,
} from './artifacts/artifact.js';
export {
  type ArtifactMetadata,
  type ArtifactMetadataChanges,
  type Firmware,
  FIRMWARES,
  USER_NAME,
} from './artifacts/artifact-metadata.js';
export {
  IMAGE_DESCRIPTION_MAX_LENGTH,
  type ImageDescription,
  MAX_PROPERTIES,
  PROPERTY_VALUE_MAX_LENGTH,
  WORD_MAX_LENGTH,
} from './made-metadata/image-description.js';
export { KNOWN_REQUIREMENTS } from './made-metadata/known-requirements.js';
export {
  attachMadeMetadata,
  listMetadataOrders,
  type MetadataOrder,
} from './made-metadata/metadata-order.repository.js';
export { Artifacts } from './artifacts/artifacts.js';
export {
  type Attachment,
  MAX_ATTACHMENTS_PER_ARTIFACT,
  type NewAttachment,
} from './attachments/attachment.js';
export { Attachments } from './attachments/attachments.js';
export { countCatalog } from './catalog-figures.repository.js';
export {
  type CatalogErrorCode,
  ChannelNotFoundError,
  ImageNotFoundError,
  PublishJobNotFoundError,
  VersionNotFoundError,
} from './catalog.errors.js';
export { findDeltaProblems, judgeDelta } from './deltas/check-deltas.js';
export type { DeclaredFile } from './deltas/delta-ends.js';
export { DELTA_ATTACHMENTS } from './deltas/delta-names.js';
export {
  attachMadeDelta,
  type DeltaWish,
  listDeltaWishes,
  wishesDeltas,
} from './deltas/delta-wish.repository.js';
export { findBaseProblem, mostDeltaBytes } from './deltas/refuse-unusable-deltas.js';
export { Deprecations } from './deprecation/deprecations.js';
export { FORMAT_NAMES, type FormatName, getFormat } from './formats/image-formats.js';
export { HEADER_INSPECTOR } from './formats/header-inspector.js';
export {
  COMBINED_HASH_FIELDS,
  type CombinedHashField,
  METADATA_ATTACHMENTS,
  STREAMS_CLIENTS,
  type StreamsClient,
  type StreamsItemType,
} from './formats/streams-item-type.js';
export type { Image, ImageChanges, NewImage } from './images/image.js';
export { Images } from './images/images.js';
export type { Manifest, ManifestEntry } from './manifests/manifest.js';
export { Manifests } from './manifests/manifests.js';
export { MAX_DECLARED_SIZE_BYTES } from './names/declared-size.js';
export { DESCRIPTION_MAX_LENGTH, DISPLAY_NAME_MAX_LENGTH, REASON_MAX_LENGTH } from './names/display-text.js';
export { isWebUrl, WEB_URL_MAX_LENGTH } from './names/web-url.js';
export { NameGrammar } from './names/name-grammar.js';
export { compareNameKinds, type NameKind } from './names/name-kinds.js';
export {
  ALIAS_NAME,
  type ArtifactId,
  type AttachmentId,
  DIGEST,
  CHANNEL_NAME,
  type ChannelName,
  IMAGE_NAME,
  type ImageName,
  MEDIA_TYPE,
  REF_NAME,
  TOKEN,
  VERSION_NAME,
  type VersionId,
  type VersionName,
} from './names/names.js';
export type { ImageOverview, UnpublishedVersion } from './overview/image-overview.js';
export { LABEL_PATTERN, parseLabel } from './search/content-filter.js';
export { IMAGE_SORTS, type ImageSearch, type ImageSort } from './search/image-search.js';
export { type VersionSearch, VERSION_SORTS, type VersionSort } from './versions/version-search.js';
export { Overviews } from './overview/overviews.js';
export type { PublishedBlob } from './published-blobs/published-blob.js';
export { isReferenced } from './published-blobs/blob-reference.repository.js';
export { PublishedBlobs } from './published-blobs/published-blobs.js';
export { type ContentRun, findContentProblems } from './publishing/check-contents.js';
export { type Declaration, type DiskLimits, findDeclarationProblem } from './publishing/declaration.js';
export type { PublishJob } from './publishing/publish-job.js';
export {
  PUBLISH_STEPS,
  PUBLISH_VERSION,
  type PublishStepName,
  type PublishVersionPayload,
} from './publishing/publish-version.kind.js';
export { Publishing } from './publishing/publishing.js';
export { finishPublishing } from './publishing/finish-publishing.js';
export { listDeclarations } from './publishing/declaration.repository.js';
export { type Version, VERSION_STATES, type VersionState } from './versions/version.js';
export {
  areLabels,
  COMMIT,
  DAY,
  LABEL_VALUE_MAX_LENGTH,
  LABELS_RULE,
  MAX_LABELS,
  NOTES_MAX_LENGTH,
  type VersionMetadata,
  type VersionMetadataChanges,
  type VersionSource,
} from './versions/version-metadata.js';
export { Versions } from './versions/versions.js';
export { MAX_ALIASES_PER_RELEASE, type NewRelease } from './releases/release.js';
export { Releases, type Releaser } from './releases/releases.js';
export { APPLY_RETENTION, applyRetention, type RetentionSettings } from './retention/apply-retention.js';
export {
  type EffectivePolicy,
  MAX_KEPT_NEWEST,
  type RetentionPolicy,
  type RetentionVerdict,
} from './retention/retention-policy.js';
export { Retentions } from './retention/retentions.js';
export { RELEASE_WITHDRAWN, releaseWithdrawn } from './withdrawal/release-withdrawn.js';
export { Withdrawals } from './withdrawal/withdrawals.js';
export { BlobVisibility } from './blob-visibility.js';
export {
  type Audience,
  audienceOf,
  isEverybody,
  isOneOf,
  isPublished,
  isSeenBy,
  type KnownViewer,
  knownAudience,
  type Viewer,
  VISIBILITIES,
  type Visibility,
  wasPublished,
} from './visibility.js';

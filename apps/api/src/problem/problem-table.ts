import type { AuthErrorCode } from '@imgsrv/auth';
import type { CasErrorCode } from '@imgsrv/cas';
import type { CatalogErrorCode } from '@imgsrv/catalog';
import type { JobErrorCode } from '@imgsrv/jobs';
import type { PlatformErrorCode } from '@imgsrv/platform';
import type { StreamsErrorCode } from '@imgsrv/streams';
import type { DownloadErrorCode } from '../downloads/download.errors.js';
import type { HttpErrorCode } from '../http/http.errors.js';
import type { PageErrorCode } from '../page/session/form.errors.js';
import type { LimitErrorCode } from '../server/limit.errors.js';

export type ErrorCode =
  | AuthErrorCode
  | CasErrorCode
  | CatalogErrorCode
  | DownloadErrorCode
  | HttpErrorCode
  | JobErrorCode
  | LimitErrorCode
  | PageErrorCode
  | PlatformErrorCode
  | StreamsErrorCode
  | 'internal-error'
  | 'not-ready';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** What each error is on the wire. The code is the stable part of the problem type and never changes. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemKind>> = {
  'internal-error': { status: 500, title: 'Internal error' },
  'dependency-unavailable': { status: 503, title: 'Temporarily unavailable' },

  'api-token-not-found': { status: 404, title: 'API token not found' },
  'read-link-not-found': { status: 404, title: 'Read link not found' },
  'read-link-unusable': { status: 404, title: 'Read link not usable' },
  forbidden: { status: 403, title: 'Not allowed' },
  'image-out-of-scope': { status: 403, title: 'Image not covered' },
  'invalid-condition': { status: 400, title: 'Invalid condition' },
  'invalid-issuer': { status: 400, title: 'Invalid issuer' },
  'issuer-mismatch': { status: 400, title: 'Issuer mismatch' },
  'issuer-unreachable': { status: 400, title: 'Issuer unreachable' },
  'last-auth-manager': { status: 409, title: 'Last auth manager' },
  'no-matching-rule': { status: 403, title: 'No matching rule' },
  'principal-not-found': { status: 404, title: 'Principal not found' },
  'provisioning-rule-exists': { status: 409, title: 'Provisioning rule exists' },
  'provisioning-rule-not-found': { status: 404, title: 'Provisioning rule not found' },
  'role-is-derived': { status: 409, title: 'Role is derived' },
  'scope-not-applicable': { status: 400, title: 'Scope not applicable' },
  'token-expiry-not-in-future': { status: 400, title: 'Token expiry not in the future' },
  'token-lifetime-too-long': { status: 400, title: 'Token lifetime too long' },
  'too-many-failed-authentications': { status: 429, title: 'Too many failed authentications' },
  unauthenticated: { status: 401, title: 'Not authenticated' },
  'unknown-role': { status: 400, title: 'Unknown role' },

  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'invalid-request': { status: 400, title: 'Invalid request' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'body-too-large': { status: 413, title: 'Content too large' },
  'length-required': { status: 411, title: 'Length required' },
  'forged-form': { status: 403, title: 'Forged form' },
  'request-timeout': { status: 408, title: 'Request timeout' },

  'downloads-busy': { status: 503, title: 'Too many downloads' },
  'parts-busy': { status: 503, title: 'Too many parts' },
  'too-many-parts': { status: 429, title: 'Too many parts' },
  'too-many-downloads': { status: 429, title: 'Too many downloads' },
  'too-many-requests': { status: 429, title: 'Too many requests' },

  'not-ready': { status: 503, title: 'Not ready' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'range-not-satisfiable': { status: 416, title: 'Range not satisfiable' },

  'blob-damaged': { status: 503, title: 'Stored bytes damaged' },
  'blob-not-found': { status: 404, title: 'Blob not found' },
  'blob-referenced': { status: 409, title: 'Blob in use' },
  'blob-size-conflict': { status: 412, title: 'Digest known with another size' },
  'collection-not-found': { status: 404, title: 'Collection not found' },
  'digest-mismatch': { status: 400, title: 'Digest mismatch' },
  'invalid-part-list': { status: 400, title: 'Invalid part list' },
  'open-upload-limit': { status: 409, title: 'Too many open uploads' },
  'object-missing': { status: 503, title: 'Stored bytes missing' },
  'part-digest-mismatch': { status: 400, title: 'Part digest mismatch' },
  'part-mismatch': { status: 412, title: 'Part mismatch' },
  'part-too-large': { status: 413, title: 'Part too large' },
  'empty-quota': { status: 400, title: 'Empty quota' },
  'quota-below-use': { status: 409, title: 'Quota below what is used' },
  'quota-exceeded': { status: 413, title: 'Quota exceeded' },
  'size-mismatch': { status: 412, title: 'Size mismatch' },
  'truncated-body': { status: 400, title: 'Truncated body' },
  'upload-lost': { status: 412, title: 'Upload lost' },
  'upload-not-found': { status: 404, title: 'Upload not found' },
  'upload-state': { status: 412, title: 'Wrong upload state' },
  'upload-too-large': { status: 413, title: 'Upload too large' },

  'alias-changed': { status: 412, title: 'Alias changed' },
  'alias-not-found': { status: 404, title: 'Alias not found' },
  'artifact-exists': { status: 409, title: 'Artifact exists' },
  'artifact-not-found': { status: 404, title: 'Artifact not found' },
  'attachment-exists': { status: 409, title: 'Attachment exists' },
  'attachment-not-found': { status: 404, title: 'Attachment not found' },
  'blob-not-available': { status: 412, title: 'Blob not available' },
  'blobs-not-verified': { status: 412, title: 'Blobs not verified' },
  'catalog-limit': { status: 412, title: 'Limit reached' },
  'delta-base-unusable': { status: 412, title: 'Base of a delta unusable' },
  'delta-too-large': { status: 409, title: 'Delta too large' },
  'draft-limit': { status: 409, title: 'Too many drafts' },
  'image-exists': { status: 409, title: 'Image exists' },
  'image-not-empty': { status: 409, title: 'Image not empty' },
  'image-not-found': { status: 404, title: 'Image not found' },
  'invalid-cursor': { status: 400, title: 'Invalid cursor' },
  'invalid-delta': { status: 400, title: 'Invalid delta' },
  'invalid-name': { status: 400, title: 'Invalid name' },
  'invalid-release': { status: 400, title: 'Invalid release' },
  'invalid-retention': { status: 400, title: 'Invalid retention policy' },
  'invalid-size': { status: 400, title: 'Invalid size' },
  'invalid-text': { status: 400, title: 'Invalid text' },
  'metadata-given-twice': { status: 409, title: 'Metadata given twice' },
  'not-launchable': { status: 400, title: 'Not launchable' },
  'channel-not-found': { status: 404, title: 'Channel not found' },
  'nothing-to-promote': { status: 409, title: 'Nothing to promote' },
  'promotion-not-found': { status: 404, title: 'Promotion not found' },
  'promotion-superseded': { status: 409, title: 'Promotion superseded' },
  'publish-job-not-found': { status: 404, title: 'Publish job not found' },
  'ref-not-found': { status: 404, title: 'Reference not found' },
  'release-conflict': { status: 409, title: 'Version with other content' },
  'reserved-name': { status: 400, title: 'Reserved name' },
  'retention-not-found': { status: 404, title: 'Retention policy not found' },
  'restore-window-over': { status: 412, title: 'Restore window over' },
  'same-version': { status: 400, title: 'Same version' },
  'version-aliased': { status: 409, title: 'Version named by aliases' },
  'version-empty': { status: 412, title: 'Version without artifacts' },
  'version-exists': { status: 409, title: 'Version exists' },
  'name-taken': { status: 409, title: 'Name taken' },
  'version-not-draft': { status: 412, title: 'Version not a draft' },
  'version-not-found': { status: 404, title: 'Version not found' },
  'version-not-published': { status: 412, title: 'Version not published' },
  'version-not-withdrawn': { status: 412, title: 'Version not withdrawn' },
  'version-withdrawn': { status: 410, title: 'Version withdrawn' },

  'invalid-image-metadata': { status: 412, title: 'Invalid image metadata' },
  'streams-documents-invalid': { status: 503, title: 'Temporarily unavailable' },
  'streams-file-not-found': { status: 404, title: 'File not found' },
  'unprojectable-architecture': { status: 412, title: 'Architecture unknown to Incus' },

  'job-failed': { status: 412, title: 'The job failed' },
  'job-timed-out': { status: 500, title: 'Internal error' },
  'job-over': { status: 412, title: 'The job is over' },
  'job-not-failed': { status: 412, title: 'The job has not failed' },
  'lease-lost': { status: 500, title: 'Internal error' },
};

/** The row of a code; an unknown one is a defect and shows as an internal error. */
export function problemKind(code: string): ProblemKind {
  return isErrorCode(code) ? PROBLEMS[code] : PROBLEMS['internal-error'];
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(PROBLEMS, code);
}

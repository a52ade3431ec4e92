import { randomUUID } from 'node:crypto';
import { STYLESHEET } from '../../../apps/api/src/page/assets/page-assets.js';
import { randomDigest } from '../catalog-database.js';
import { type AccessTargets, inAnHour, nameIn, PART, type Target, unmatchedRule } from './access-targets.js';
import type { CredentialKind } from './credential-kinds.js';

/** One row of the page: a route, and what it is asked of. */
export interface AccessCase {
  /** `GET /v1/images/:name`, as the code declares it. */
  readonly route: string;
  /** Tells the rows of one route apart; may be empty. */
  readonly of: string;
  /** Makes what the path names, so that a request that is let in succeeds. */
  readonly target: (things: AccessTargets, kind: CredentialKind) => Promise<Target>;
  /** Bytes, or what is sent as JSON. */
  readonly body?: (target: Target, kind: CredentialKind) => unknown;
}

type MakeTarget = AccessCase['target'];
type MakeBody = AccessCase['body'];

const nothing: MakeTarget = () => Promise.resolve({});
const published: MakeTarget = (things, { scope }) => things.publishedImage(scope);
const publishedAnew: MakeTarget = (things, { scope }) => things.publishedAnew(scope);
const withdrawn: MakeTarget = (things, { scope }) => things.withdrawn(scope);
const channel: MakeTarget = (things, { scope }) => things.channel(scope);
const retained: MakeTarget = (things, { scope }) => things.retained(scope);
const promotion: MakeTarget = (things, { scope }) => things.promotion(scope);
const draft: MakeTarget = (things, { scope }) => things.draft(scope);
const nextVersion: MakeTarget = async (things, kind) => ({ ...(await draft(things, kind)), version: '2.0' });
const failedPublish: MakeTarget = (things, { scope }) => things.failedPublish(scope);
/** A limited writer's own where it is covered, else somebody else's. */
const uploadOf = ({ scope, token }: CredentialKind): string | undefined =>
  scope === 'covered' ? token : undefined;
const upload: MakeTarget = (things, kind) => things.upload(uploadOf(kind));
const sentUpload: MakeTarget = (things, kind) => things.upload(uploadOf(kind), 'part');
const principal: MakeTarget = (things) => things.principal();

const IMAGE = '/v1/images/:name';
const VERSION = `${IMAGE}/versions/:version`;
const ARTIFACT = `${VERSION}/artifacts/:artifact_id`;
const ATTACHMENT = `${ARTIFACT}/attachments/:attachment_id`;
const ALIAS = `${IMAGE}/aliases/:alias`;
const UPLOAD = '/v1/uploads/:upload_id';
const JOB = '/v1/publish-jobs/:job_id';
const PRINCIPAL = '/v1/auth/principals/:principal_id';
const RULES = '/v1/auth/oidc-provisioning-rules';
const RULE = `${RULES}/:rule_id`;

/** All rows; a read of what may be hidden has one for each way it can be found. */
export function accessCases(issuerUrl: string): readonly AccessCase[] {
  const rule: MakeTarget = (things) => things.rule(issuerUrl);
  const draftRule = unmatchedRule(issuerUrl);
  return [
    ...readsOfImages(),
    ...writesOfImages(),
    ...publishes(),
    ...uploads(),
    ...principals(),
    ...pages(issuerUrl),
    row(`GET ${RULES}`, '', nothing),
    row(`POST ${RULES}`, '', nothing, () => draftRule),
    row(`POST ${RULES}/evaluate`, '', nothing, () => ({ rule: draftRule, claims: {} })),
    row(`GET ${RULE}`, '', rule),
    row(`PUT ${RULE}`, '', rule, () => draftRule),
    row(`DELETE ${RULE}`, '', rule),
    row(`GET ${RULE}/reconciliation`, '', rule),
    row(`POST ${RULE}/reconciliation`, '', rule),
    row('GET /v1/blobs', '', nothing),
    row('GET /v1/storage', '', nothing),
    row('POST /v1/storage/collections', '', nothing, () => ({ dry_run: true })),
    row('GET /v1/storage/collections/:collection_id', '', (things) => things.collection()),
    row('DELETE /v1/blobs/:digest', '', (things) => things.looseBlob()),
    row('GET /v1/audit-events', '', nothing),
    ...['index.json', 'images.json'].flatMap((name) => [
      row(`GET /streams/v1/${name}`, '', nothing),
      row(`GET /c/:channel/streams/v1/${name}`, '', channel),
    ]),
    row('GET /c/:channel/streams/v1/files/:hex/:file_name', 'published', channel),
    row('GET /v1/channels', '', nothing),
    row('GET /v1/channels/:channel', '', channel),
    row('PUT /v1/channels/:channel', '', channel, ({ name = '' }) => ({
      image_patterns: [name],
      alias: 'latest',
    })),
    row('DELETE /v1/channels/:channel', '', channel),
    row('GET /streams/v1/files/:hex/:file_name', 'published', published),
    row('GET /healthz', '', nothing),
    row('GET /readyz', '', nothing),
  ];
}

function row(route: string, of: string, target: MakeTarget, body?: MakeBody): AccessCase {
  return { route, of, target, ...(body === undefined ? {} : { body }) };
}

const IMAGE_PAGE = '/images/:name';
const VERSION_PAGE = `${IMAGE_PAGE}/:version`;
const JOB_PAGE = '/jobs/:job_id';

/** What people see; the fields of a form are its body. */
function pages(issuerUrl: string): readonly AccessCase[] {
  const rule: MakeTarget = (things) => things.rule(issuerUrl);
  const { display_name, issuer_url, audience, condition } = unmatchedRule(issuerUrl);
  const ruleForm: MakeBody = () => ({ display_name, issuer_url, audience, condition });
  return [
    row('GET /', '', nothing),
    row('GET /assets/:asset', '', () => Promise.resolve({ asset: STYLESHEET.name })),
    row('GET /sign-in', '', nothing),
    row('POST /sign-in', '', nothing, (_target, { token }) => ({ token: token ?? '' })),
    row('POST /sign-out', '', nothing),
    ...[IMAGE_PAGE, `${IMAGE_PAGE}/:ref`].flatMap((path) => [
      row(`GET ${path}`, 'published', published),
      row(`GET ${path}`, 'draft', draft),
    ]),
    row(`POST ${IMAGE_PAGE}/aliases`, '', published, () => ({ alias: 'fresh', version: '1.0' })),
    row(`POST ${IMAGE_PAGE}/aliases/removal`, 'another than expected', published, () => ({
      alias: 'latest',
      expected: '"another"',
    })),
    row(
      `POST ${IMAGE_PAGE}/promotions`,
      '',
      (things, { scope }) => things.alias(scope),
      ({ alias = '' }) => ({ from_alias: alias, to_alias: `${alias}-2` }),
    ),
    row(`POST ${IMAGE_PAGE}/promotions/:promotion_id/reversion`, '', promotion),
    row(`POST ${IMAGE_PAGE}/visibility`, '', published, () => ({ visibility: 'public' })),
    row(`POST ${VERSION_PAGE}/publish`, '', draft),
    row(`POST ${VERSION_PAGE}/deletion`, '', draft),
    row(`POST ${VERSION_PAGE}/withdrawal`, '', publishedAnew, () => ({ reason: 'broken' })),
    row(`POST ${VERSION_PAGE}/restoration`, '', withdrawn),
    row('GET /drafts', '', nothing),
    row('GET /uploads', '', nothing),
    row('GET /jobs', '', nothing),
    row(`GET ${JOB_PAGE}`, '', failedPublish),
    row(`POST ${JOB_PAGE}/retry`, '', failedPublish),
    row(`POST ${JOB_PAGE}/cancellation`, '', failedPublish),
    row('GET /storage', '', nothing),
    row('POST /storage/collections', '', nothing, () => ({ dry_run: 'true' })),
    row('GET /storage/collections/:collection_id', '', (things) => things.collection()),
    row('GET /admin/principals', '', nothing),
    row('POST /admin/principals', '', nothing, () => ({ kind: 'service', display_name: 'somebody' })),
    row('GET /admin/principals/:principal_id', '', principal),
    row('POST /admin/principals/:principal_id/state', '', principal, () => ({ disabled: 'true' })),
    row('POST /admin/principals/:principal_id/roles', '', principal, () => ({ role: 'content-writer' })),
    row('POST /admin/principals/:principal_id/roles/removal', '', principal, () => ({
      role: 'content-writer',
    })),
    row('POST /admin/principals/:principal_id/tokens', '', principal, () => ({ days: '1' })),
    row('POST /admin/principals/:principal_id/tokens/revocation', '', principal, ({ token_id }) => ({
      token_id,
    })),
    row('GET /admin/rules', '', nothing),
    row('GET /admin/new-rule', '', nothing),
    row('GET /admin/rules/:rule_id', '', rule),
    row('POST /admin/rule-trial', '', nothing, ruleForm),
    row('POST /admin/rules', '', nothing, ruleForm),
    row('POST /admin/rules/:rule_id', '', rule, ruleForm),
    row('POST /admin/rules/:rule_id/removal', '', rule),
    row('GET /admin/audit', '', nothing),
  ];
}

function readsOfImages(): readonly AccessCase[] {
  const both = (route: string): readonly AccessCase[] => [
    row(route, 'published', published),
    row(route, 'draft', draft),
  ];
  return [
    row('GET /v1/images', '', nothing),
    ...[IMAGE, `${IMAGE}/versions`, VERSION, `${VERSION}/artifacts`, ARTIFACT].flatMap((path) =>
      both(`GET ${path}`),
    ),
    ...[`${ARTIFACT}/download`, `${ATTACHMENT}/download`].flatMap((path) => both(`GET ${path}`)),
    ...both(`GET ${IMAGE}/refs/:ref`),
    ...both(`GET ${IMAGE}/aliases`),
    row(`GET ${ALIAS}`, 'published', published),
    ...both('GET /v1/blobs/:digest'),
  ];
}

function writesOfImages(): readonly AccessCase[] {
  return [
    row('POST /v1/images', '', nothing, (_target, { scope }) => ({ name: nameIn(scope) })),
    row(`PATCH ${IMAGE}`, '', draft, () => ({ display_name: 'Renamed' })),
    row(`DELETE ${IMAGE}`, '', draft),
    row(`POST ${VERSION}/deprecation`, '', publishedAnew, () => ({ reason: 'old' })),
    row(`DELETE ${VERSION}/deprecation`, '', publishedAnew),
    row(`POST ${VERSION}/withdrawal`, '', publishedAnew, () => ({ reason: 'broken' })),
    row(`DELETE ${VERSION}/withdrawal`, '', withdrawn),
    row(`GET ${VERSION}`, 'withdrawn', withdrawn),
    row(`GET ${IMAGE}/retention`, '', retained),
    row(`GET ${IMAGE}/retention/preview`, '', retained),
    row(`PUT ${IMAGE}/retention`, '', draft, () => ({ keep_newest: 1 })),
    row(`DELETE ${IMAGE}/retention`, '', retained),
    row(`POST ${IMAGE}/versions`, '', draft, () => ({ version: randomUUID() })),
    row(`PATCH ${VERSION}`, '', draft, () => ({ notes: 'Fixes' })),
    row(`DELETE ${VERSION}`, '', draft),
    row(`POST ${VERSION}/artifacts`, '', draft, artifact),
    row(`PATCH ${ARTIFACT}`, '', draft, () => ({ cloud_init: true })),
    row(`DELETE ${ARTIFACT}`, '', draft),
    row(`POST ${ARTIFACT}/attachments`, '', draft, attachment),
    row(`DELETE ${ATTACHMENT}`, '', draft),
    row(
      `PUT ${ALIAS}`,
      '',
      (things, { scope }) => things.alias(scope),
      () => ({ version: '1.0' }),
    ),
    row(
      `POST ${IMAGE}/promotions`,
      '',
      (things, { scope }) => things.alias(scope),
      ({ alias = '' }) => ({ from_alias: alias, to_alias: `${alias}-2` }),
    ),
    row(`GET ${IMAGE}/promotions`, '', published),
    row(`GET ${IMAGE}/promotions/:promotion_id`, '', promotion),
    row(`POST ${IMAGE}/promotions/:promotion_id/revert`, '', promotion),
    row(`DELETE ${ALIAS}`, '', (things, { scope }) => things.alias(scope)),
  ];
}

function publishes(): readonly AccessCase[] {
  return [
    row(`POST ${VERSION}/publish`, '', draft),
    row(`POST ${VERSION}/release`, '', nextVersion, release),
    row(`GET ${VERSION}/publish-job`, '', failedPublish),
    row(`GET ${JOB}`, '', failedPublish),
    row(`POST ${JOB}/retry`, '', failedPublish),
    row(`POST ${JOB}/cancel`, '', failedPublish),
  ];
}

function uploads(): readonly AccessCase[] {
  const parts: MakeBody = ({ etag }) => ({ parts: [{ number: 1, etag, size_bytes: PART.length }] });
  return [
    row('POST /v1/uploads', '', nothing, () => ({
      expected_digest: randomDigest(),
      expected_size_bytes: 10,
    })),
    row(`GET ${UPLOAD}`, '', upload),
    row(`GET ${UPLOAD}/parts`, '', upload),
    row(`PUT ${UPLOAD}/parts/:part_number`, '', upload, () => PART),
    row(
      'PUT /v1/blobs/:digest',
      '',
      (things) => things.unknownBytes(),
      ({ text = '' }) => Buffer.from(text),
    ),
    row(`POST ${UPLOAD}/complete`, '', sentUpload, parts),
    row(`POST ${UPLOAD}/abort`, '', upload),
  ];
}

function principals(): readonly AccessCase[] {
  const token: MakeBody = () => ({ expires_at: inAnHour() });
  return [
    row('GET /v1/auth/whoami', '', nothing),
    row('GET /v1/auth/roles', '', nothing),
    row('GET /v1/auth/principals', '', nothing),
    row('POST /v1/auth/principals', '', nothing, () => ({ kind: 'user', display_name: 'somebody' })),
    row(`GET ${PRINCIPAL}`, '', principal),
    row(`PATCH ${PRINCIPAL}`, '', principal, () => ({ disabled: true })),
    row(`DELETE ${PRINCIPAL}`, '', principal),
    row(`PUT ${PRINCIPAL}/roles/:role_id`, '', principal),
    row(`DELETE ${PRINCIPAL}/roles/:role_id`, '', principal),
    row(`GET ${PRINCIPAL}/quota`, '', principal),
    row(`PUT ${PRINCIPAL}/quota`, '', principal, () => ({ stored_bytes: 1e12 })),
    row(`DELETE ${PRINCIPAL}/quota`, '', principal),
    row(`GET ${PRINCIPAL}/api-tokens`, '', principal),
    row(`POST ${PRINCIPAL}/api-tokens`, '', principal, token),
    row('DELETE /v1/auth/api-tokens/:token_id', '', principal),
    row(`GET ${PRINCIPAL}/read-links`, '', principal),
    row(`POST ${PRINCIPAL}/read-links`, '', principal, token),
    row('DELETE /v1/auth/read-links/:link_id', '', principal),
  ];
}

/** Of the blob that the draft has already: a limited writer may not refer to just any. */
function artifact({ digest, size_bytes }: Target): object {
  return {
    operating_system: 'linux',
    architecture: 'amd64',
    variant: randomUUID(),
    format: 'raw',
    primary_blob_digest: digest,
    primary_blob_size_bytes: Number(size_bytes),
    primary_media_type: 'application/octet-stream',
  };
}

function release(target: Target): object {
  return { artifacts: [artifact(target)] };
}

function attachment({ digest, size_bytes }: Target): object {
  return {
    name: randomUUID(),
    media_type: 'text/plain',
    blob_digest: digest,
    blob_size_bytes: Number(size_bytes),
  };
}

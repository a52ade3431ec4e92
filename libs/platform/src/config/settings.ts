import { availableParallelism, hostname } from 'node:os';
import {
  oneOf,
  parseAuditRetention,
  parseBoolean,
  parseDiskSizeBytes,
  parseDurationMs,
  parseEndpoint,
  parseHostNames,
  parseListenAddress,
  parsePath,
  parsePositiveDurationMs,
  parseNetworks,
  parsePositiveInteger,
  parsePostgresUrl,
  parsePublicUrl,
  parseQuotaBytes,
  parseRetention,
  parseSizeBytes,
  parseText,
  parseWholeNumber,
} from './values.js';

export type ProcessName = 'api' | 'worker' | 'rebuild' | 'doctor' | 'standalone';

export interface Setting<T> {
  readonly parse: (text: string) => T;
  /** One line of `--help`. */
  readonly help: string;
  /** The text parsed when neither flag nor environment gives one. */
  readonly default?: string;
  /** Defaults that differ where two processes would share a machine. */
  readonly defaultFor?: Readonly<Partial<Record<ProcessName, string>>>;
  /** True for values that must never be printed. */
  readonly secret?: boolean;
  /** True for switches: the bare flag means true. */
  readonly switch?: boolean;
  /** The setting whose value the file of this one holds. */
  readonly holds?: string;
}

/** Every setting of every imgsrv process, by its flag. Environment names follow: `--s3-bucket` is `IMGSRV_S3_BUCKET`. */
export const SETTINGS = {
  listen: setting({
    parse: parseListenAddress,
    default: ':8080',
    defaultFor: { worker: '127.0.0.1:8081' },
    help: 'address to serve on (the worker serves health only); empty is off',
  }),
  'metrics-listen': setting({
    parse: parseListenAddress,
    default: '127.0.0.1:9464',
    defaultFor: { worker: '127.0.0.1:9465' },
    help: 'address of the metrics listener; empty is off',
  }),
  'metrics-path': setting({ parse: parsePath, default: '/metrics', help: 'path of the metrics' }),
  'public-url': setting({ parse: parsePublicUrl, help: 'URL under which clients reach the service' }),
  'node-name': setting({
    parse: parseText,
    default: hostname(),
    help: 'name of this process in logs and leases',
  }),
  'log-format': setting({ parse: oneOf('text', 'json'), default: 'text', help: 'text or json, on stderr' }),
  verbosity: setting({
    parse: oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
    help: 'lowest level that is logged: debug, info, warn or error',
  }),
  'shutdown-timeout': setting({
    parse: parseDurationMs,
    default: '10s',
    help: 'how long requests and jobs in flight may take after SIGTERM and the drain delay',
  }),
  'drain-delay': setting({
    parse: parseDurationMs,
    default: '0s',
    help: 'how long connections are still accepted after SIGTERM, while readyz says 503',
  }),
  'keep-alive-timeout': setting({
    parse: parsePositiveDurationMs,
    default: '620s',
    help: 'how long an idle connection stays open; keep it above the idle timeout of a proxy in front',
  }),
  'min-body-rate': setting({
    parse: parseSizeBytes,
    default: '1KiB',
    help: 'lowest rate of a request body in bytes per second; 0 is no limit',
  }),
  'min-body-rate-window': setting({
    parse: parsePositiveDurationMs,
    default: '30s',
    help: 'time over which that rate is averaged',
  }),
  'download-stall-timeout': setting({
    parse: parsePositiveDurationMs,
    default: '10m',
    help: 'time after which a response is cut off if the client reads nothing of it',
  }),
  'min-download-rate': setting({
    parse: parseSizeBytes,
    default: '1KiB',
    help: 'lowest rate of a download in bytes per second, averaged over that time; 0 is no limit',
  }),
  'max-downloads': setting({
    parse: parsePositiveInteger,
    default: '1000',
    help: 'downloads that one process serves at once; more are answered with 503',
  }),
  'max-downloads-per-source': setting({
    parse: parseWholeNumber,
    default: '100',
    help: 'downloads of one source at once; more are answered with 429; 0 is no limit',
  }),
  'max-connections-per-source': setting({
    parse: parseWholeNumber,
    default: '1000',
    help: 'connections of one source, and its requests at once, before 429; 0 is no limit',
  }),
  'postgres-url': setting({
    parse: parsePostgresUrl,
    secret: true,
    help: 'postgres://user:password@host:5432/database',
  }),
  'postgres-url-file': fileOf('postgres-url'),
  's3-endpoint': setting({ parse: parseEndpoint, help: 'host:port of the S3 service, without a scheme' }),
  's3-bucket': setting({ parse: parseText, help: 'bucket of the blobs; it must exist' }),
  's3-access-key-id': setting({ parse: parseText, help: 'S3 access key' }),
  's3-access-key-id-file': fileOf('s3-access-key-id'),
  's3-secret-access-key': setting({ parse: parseText, secret: true, help: 'S3 secret key' }),
  's3-secret-access-key-file': fileOf('s3-secret-access-key'),
  's3-session-token': setting({ parse: parseText, secret: true, help: 'S3 session token' }),
  's3-session-token-file': fileOf('s3-session-token'),
  's3-region': setting({ parse: parseText, default: 'us-east-1', help: 'S3 region' }),
  's3-use-tls': setting({
    parse: parseBoolean,
    default: 'false',
    switch: true,
    help: 'use https for the S3 service',
  }),
  's3-path-style': setting({
    parse: parseBoolean,
    default: 'false',
    switch: true,
    help: 'put the bucket in the path instead of the host name',
  }),
  'storage-dir': setting({ parse: parseText, help: 'folder of the blobs, instead of S3' }),
  'data-dir': setting({
    parse: parseText,
    default: './data',
    help: 'where npm start keeps its embedded Postgres and its blobs',
  }),
  'tls-cert-file': setting({
    parse: parseText,
    help: 'PEM certificate chain; with it the api serves https (TLS 1.2 and 1.3)',
  }),
  'tls-key-file': setting({ parse: parseText, help: 'PEM private key of the certificate' }),
  'upload-ttl': setting({
    parse: parsePositiveDurationMs,
    default: '24h',
    help: 'time after which an upload expires if it receives no part',
  }),
  'upload-max-age': setting({
    parse: parsePositiveDurationMs,
    default: '168h',
    help: 'time after which parts give an upload no more time',
  }),
  'max-open-uploads': setting({
    parse: parseWholeNumber,
    default: '1000',
    help: 'uploads that a principal without a quota of its own may have open; 0 is no limit',
  }),
  'default-quota-stored-bytes': setting({
    parse: parseQuotaBytes,
    help: 'bytes that a principal without a quota of its own may store; empty is no limit',
  }),
  'streams-visible-versions': setting({
    parse: parseWholeNumber,
    default: '0',
    help: 'versions of an image that Simple Streams lists, the newest first, besides those that an alias names; 0 lists all',
  }),
  'max-drafts': setting({
    parse: parseWholeNumber,
    default: '1000',
    help: 'versions that one principal may have made and not published yet; 0 is no limit',
  }),
  'default-visibility': setting({
    parse: oneOf('public', 'internal', 'private'),
    default: 'public',
    help: 'who may see new images whose publisher says nothing: public, internal or private',
  }),
  'withdrawal-restore-window': setting({
    parse: parsePositiveDurationMs,
    default: '30d',
    help: 'time in which a withdrawn version can be restored; after it its blobs may be collected',
  }),
  'default-retention': setting({
    parse: parseRetention,
    help: 'what is kept of images without a policy: keep_newest=5,keep_younger_than=90d; empty is everything',
  }),
  'blob-grace': setting({
    parse: parsePositiveDurationMs,
    default: '7d',
    help: 'worker: how long blobs that nothing refers to, and objects that no row knows, are kept',
  }),
  'max-virtual-size': setting({
    parse: parseDiskSizeBytes,
    default: '64TiB',
    help: 'worker: largest disk, as its guest would see it, that is published',
  }),
  'max-virtual-ratio': setting({
    parse: parseWholeNumber,
    default: '0',
    help: 'worker: how many times as large as its stored bytes a disk may be when it is published; 0 is no limit',
  }),
  'scrub-period': setting({
    parse: parsePositiveDurationMs,
    default: '30d',
    help: 'worker: time in which the bytes of every blob are read again',
  }),
  'audit-retention': setting({
    parse: parseAuditRetention,
    help: 'worker: how long events of the audit log are kept, at least 30d; empty is for ever',
  }),
  'max-single-upload': setting({
    parse: parseSizeBytes,
    default: '5GiB',
    help: 'largest blob accepted in one request (PUT /v1/blobs/{digest})',
  }),
  'max-upload-size': setting({ parse: parseSizeBytes, default: '5TiB', help: 'largest blob accepted' }),
  'cas-promotion-enabled': setting({
    parse: parseBoolean,
    default: 'true',
    switch: true,
    help: 'worker: verify completed uploads',
  }),
  'cas-promotion-poll-interval': setting({
    parse: parsePositiveDurationMs,
    default: '5s',
    help: 'worker: longest interval between two polls for jobs',
  }),
  'cas-promotion-error-backoff': setting({
    parse: parsePositiveDurationMs,
    default: '5s',
    help: 'worker: first pause before a failed job runs again',
  }),
  'cas-promotion-error-backoff-max': setting({
    parse: parsePositiveDurationMs,
    default: '1m',
    help: 'worker: longest pause before a failed job runs again',
  }),
  'cas-promotion-circuit-breaker-failures': setting({
    parse: parsePositiveInteger,
    default: '10',
    help: 'worker: failures in a row that stop a kind of job',
  }),
  'cas-promotion-circuit-breaker-cooldown': setting({
    parse: parsePositiveDurationMs,
    default: '1m',
    help: 'worker: time a stopped kind of job rests',
  }),
  'job-lease': setting({
    parse: parsePositiveDurationMs,
    default: '60s',
    help: 'worker: time after which a silent worker loses its job',
  }),
  'worker-concurrency': setting({
    parse: parsePositiveInteger,
    default: String(Math.max(2, availableParallelism())),
    help: 'worker: jobs of each class (publish, ingest, maintenance) that run at once',
  }),
  'delta-scratch-dir': setting({
    parse: parseText,
    default: '/var/tmp',
    help: 'worker: folder, on a disk, for what making a delta keeps meanwhile',
  }),
  'delta-scratch-size': setting({
    parse: parseSizeBytes,
    default: '16GiB',
    help: 'worker: most bytes that making a delta keeps meanwhile, its base and 60 % of its artifact; 0 makes no deltas',
  }),
  'trusted-proxies': setting({
    parse: parseNetworks,
    help: 'addresses and networks (CIDR) of proxies whose X-Forwarded-For tells the source, separated by commas',
  }),
  'failed-auth-limit': setting({
    parse: parseWholeNumber,
    default: '60',
    help: 'failed authentications per minute after which a source or a token id is rate-limited; 0 is no limit',
  }),
  'max-token-lifetime': setting({
    parse: parsePositiveDurationMs,
    default: '8760h',
    help: 'how far ahead the expires_at of a new API token may be; tokens that exist stay as they are',
  }),
  'bootstrap-token-file': setting({
    parse: parseText,
    help: 'write the bootstrap token to this file (mode 0600) instead of stdout',
  }),
  'migrate-only': setting({
    parse: parseBoolean,
    default: 'false',
    switch: true,
    help: 'api: bring the database to the schema of this release, then end',
  }),
  'verify-ledger': setting({
    parse: parseBoolean,
    default: 'false',
    switch: true,
    help: 'worker: count what principals store, compare it with the ledger of the quotas, then end; 1 when it differs',
  }),
  'grants-file': setting({
    parse: parseText,
    help: 'api: SQL that is run after the migrations, as part of them; safe to repeat',
  }),
  'verify-bytes': setting({
    parse: parseBoolean,
    default: 'false',
    switch: true,
    help: 'rebuild: read every blob and compare its digest, not only its size',
  }),
  json: setting({
    parse: parseBoolean,
    default: 'false',
    switch: true,
    help: 'doctor: print one JSON document instead of lines',
  }),
  'oidc-private-hosts': setting({
    parse: parseHostNames,
    help: 'hosts of OpenID Connect issuers that may have private addresses, separated by commas',
  }),
  'oidc-http-hosts': setting({
    parse: parseHostNames,
    help: 'hosts of OpenID Connect issuers that may be asked over plain http',
  }),
  'oidc-ca-file': setting({
    parse: parseText,
    help: 'PEM certificates that OpenID Connect issuers may have besides the public ones',
  }),
  'oidc-keys-max-age': setting({
    parse: parsePositiveDurationMs,
    default: '10m',
    help: 'how long the keys of an issuer are used before they are read again',
  }),
  'oidc-keys-max-stale': setting({
    parse: parseDurationMs,
    default: '1h',
    help: 'how much longer they are used while the issuer does not answer',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);

function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

/** The second form of a secret: mounted as a file it is in no process list, environment or manifest. */
function fileOf(name: string): Setting<string> {
  return setting({ parse: parseText, holds: name, help: `file that holds the value of --${name}` });
}

/** `postgres-url` → `postgres-url-file`; undefined for a setting without that form. */
export function fileFormOf(name: SettingName): SettingName | undefined {
  return SETTING_NAMES.find((candidate) => (SETTINGS[candidate] as Setting<unknown>).holds === name);
}

/** `s3-bucket` → `IMGSRV_S3_BUCKET`. */
export function environmentName(name: SettingName): string {
  return `IMGSRV_${name.replaceAll('-', '_').toUpperCase()}`;
}

export function defaultText(name: SettingName, processName: ProcessName): string | undefined {
  const definition: Setting<unknown> = SETTINGS[name];
  return definition.defaultFor?.[processName] ?? definition.default;
}

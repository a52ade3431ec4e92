import { X509Certificate } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { requireUsableProxies } from '../network/outgoing-proxy.js';
import { InvalidSettingError } from './invalid-setting.error.js';
import { describeSetting, type FlagTexts, type SettingValue, settingReader } from './read-setting.js';
import type { ProcessName, SettingName } from './settings.js';
import { wantsTraces } from './traces.js';
import type { ListenAddress, RetentionSetting } from './values.js';

/** The validated settings of one process. */
export interface Config {
  readonly processName: ProcessName;
  readonly listen?: ListenAddress;
  readonly metricsListen?: ListenAddress;
  readonly metricsPath: string;
  readonly publicUrl?: string;
  readonly nodeName: string;
  readonly logFormat: 'text' | 'json';
  readonly verbosity: 'debug' | 'info' | 'warn' | 'error';
  readonly shutdownTimeoutMs: number;
  readonly drainDelayMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly slowClients: SlowClientLimits;
  readonly shares: SourceLimits;
  readonly postgresUrl?: string;
  readonly s3?: S3Config;
  readonly storageDir?: string;
  readonly dataDir: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly uploadTtlMs: number;
  /** From its begin, however many parts come. */
  readonly uploadMaxAgeMs: number;
  readonly maxUploadSizeBytes: number;
  readonly maxSingleUploadBytes: number;
  /** Of one principal; 0 is no limit. */
  readonly maxOpenUploads: number;
  /** Absent is no limit. */
  readonly defaultQuotaStoredBytes?: number;
  /** Of each image in Simple Streams; 0 is all. */
  readonly streamsVisibleVersions: number;
  /** Of one principal; 0 is no limit. */
  readonly maxDrafts: number;
  /** Of new images whose publisher says nothing. */
  readonly defaultVisibility: 'public' | 'internal' | 'private';
  /** From the withdrawal of a version on. */
  readonly withdrawalRestoreWindowMs: number;
  /** Of images without a policy of their own. */
  readonly defaultRetention?: RetentionSetting;
  readonly worker: WorkerConfig;
  readonly bootstrapTokenFile?: string;
  /** Whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Failed authentications of one source or token id in a minute; 0 is no limit. */
  readonly failedAuthLimit: number;
  /** How far ahead a new API token may expire. */
  readonly maxTokenLifetimeMs: number;
  readonly migrateOnly: boolean;
  readonly verifyLedger: boolean;
  /** SQL, as the file had it. */
  readonly grants?: string;
  /** Of a rebuild. */
  readonly verifyBytes: boolean;
  /** How doctor prints. */
  readonly json: boolean;
  readonly oidc: OidcConfig;
  /** Traces are sent to the OTLP endpoint of the standard variables. */
  readonly isTraced: boolean;
}

/** What a client must do to keep its connection. */
export interface SlowClientLimits {
  /** How fast a request body must come. */
  readonly body: {
    /** 0 is no limit. */
    readonly minBytesPerSecond: number;
    /** Over which the rate is averaged. */
    readonly windowMs: number;
  };
  /** How long it may take nothing of an answer. */
  readonly answerStallMs: number;
  /** How fast it must take a download, over `answerStallMs`; 0 is no limit. */
  readonly minDownloadBytesPerSecond: number;
}

/** What one source, and all of them, may hold of a process at once; 0 is no limit. */
export interface SourceLimits {
  readonly connectionsPerSource: number;
  readonly downloadsPerSource: number;
  /** Of all sources; never 0. */
  readonly downloads: number;
}

/** What signs requests to S3. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Config extends S3Keys {
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly useTls: boolean;
  readonly pathStyle: boolean;
  /** Files that some or all of the keys came from; empty when none did. */
  readonly keyFiles: readonly string[];
  /** The keys as the files have them now. Throws InvalidSettingError. */
  readonly readKeysAgain: () => S3Keys;
}

export interface OidcConfig {
  readonly privateHosts: readonly string[];
  readonly httpHosts: readonly string[];
  /** PEM. */
  readonly extraCertificates?: string;
  readonly keysMaxAgeMs: number;
  readonly keysMaxStaleMs: number;
}

export interface WorkerConfig {
  readonly promotionEnabled: boolean;
  readonly pollIntervalMs: number;
  readonly errorBackoffMs: number;
  readonly errorBackoffMaxMs: number;
  readonly breakerFailures: number;
  readonly breakerCooldownMs: number;
  readonly jobLeaseMs: number;
  readonly concurrency: number;
  /** How long events of the audit log are kept; absent is for ever. */
  readonly auditRetentionMs?: number;
  /** How long blobs that nothing refers to are kept. */
  readonly blobGraceMs: number;
  /** What is published as a disk: its largest virtual size, and how many times its stored size that may be; 0 is any. */
  readonly disks: { readonly maxBytes: number; readonly maxRatio: number };
  /** Where deltas are made, and how much of the disk that may take at once; 0 makes none. */
  readonly deltas: {
    readonly scratchDir: string;
    readonly scratchBytes: number;
    readonly searchPath: string;
  };
  /** How long it may be until the bytes of a blob are read again. */
  readonly scrubPeriodMs: number;
}

/**
 * Validates flags and environment (a flag wins) into a Config.
 * Throws InvalidSettingError, one sentence naming the first bad setting.
 */
export function readConfig(
  processName: ProcessName,
  flags: FlagTexts,
  environment: NodeJS.ProcessEnv,
): Config {
  requireUsableProxies(environment);
  const read = settingReader(processName, flags, environment);
  const need = needing(read);
  const storageDir = read('storage-dir');
  const s3 = readS3(read, () => settingReader(processName, flags, environment));
  if (s3 !== undefined && storageDir !== undefined) {
    throw new InvalidSettingError(
      '--storage-dir and the --s3-* settings exclude each other; set one of them.',
    );
  }
  return {
    processName,
    ...present('listen', read('listen')),
    ...present('metricsListen', read('metrics-listen')),
    metricsPath: need('metrics-path'),
    ...present('publicUrl', read('public-url')),
    nodeName: need('node-name'),
    logFormat: need('log-format'),
    verbosity: need('verbosity'),
    shutdownTimeoutMs: need('shutdown-timeout'),
    drainDelayMs: need('drain-delay'),
    keepAliveTimeoutMs: need('keep-alive-timeout'),
    slowClients: {
      body: { minBytesPerSecond: need('min-body-rate'), windowMs: need('min-body-rate-window') },
      answerStallMs: need('download-stall-timeout'),
      minDownloadBytesPerSecond: need('min-download-rate'),
    },
    shares: {
      connectionsPerSource: need('max-connections-per-source'),
      downloadsPerSource: need('max-downloads-per-source'),
      downloads: need('max-downloads'),
    },
    ...present('postgresUrl', read('postgres-url')),
    ...present('s3', s3),
    ...present('storageDir', storageDir === undefined ? undefined : resolve(storageDir)),
    dataDir: resolve(need('data-dir')),
    ...present('tls', readTls(read)),
    uploadTtlMs: need('upload-ttl'),
    uploadMaxAgeMs: need('upload-max-age'),
    maxUploadSizeBytes: need('max-upload-size'),
    maxSingleUploadBytes: need('max-single-upload'),
    maxOpenUploads: need('max-open-uploads'),
    ...present('defaultQuotaStoredBytes', read('default-quota-stored-bytes')),
    streamsVisibleVersions: need('streams-visible-versions'),
    maxDrafts: need('max-drafts'),
    defaultVisibility: need('default-visibility'),
    withdrawalRestoreWindowMs: need('withdrawal-restore-window'),
    ...present('defaultRetention', read('default-retention')),
    worker: readWorker(read, need, environment),
    ...present('bootstrapTokenFile', read('bootstrap-token-file')),
    trustedProxies: read('trusted-proxies') ?? [],
    failedAuthLimit: need('failed-auth-limit'),
    maxTokenLifetimeMs: need('max-token-lifetime'),
    migrateOnly: need('migrate-only'),
    verifyLedger: need('verify-ledger'),
    ...present('grants', readGrants(read('grants-file'))),
    verifyBytes: need('verify-bytes'),
    json: need('json'),
    oidc: readOidc(read, need),
    isTraced: wantsTraces(environment),
  };
}

type Read = ReturnType<typeof settingReader>;
type Need = <N extends SettingName>(name: N) => NonNullable<SettingValue<N>>;

/** Reads settings that must be there. */
function needing(read: Read): Need {
  return (name) => {
    const value = read(name);
    if (value === undefined || value === null) {
      throw new InvalidSettingError(`${describeSetting(name)} must be set.`);
    }
    return value;
  };
}

const S3_KEY_FILES = ['s3-access-key-id-file', 's3-secret-access-key-file', 's3-session-token-file'] as const;

/** `readAnew`: a reader that has read no file yet. */
function readS3(read: Read, readAnew: () => Read): S3Config | undefined {
  const given = (['s3-endpoint', 's3-bucket', 's3-access-key-id', 's3-secret-access-key'] as const).filter(
    (name) => read(name) !== undefined,
  );
  if (given.length === 0) {
    return undefined;
  }
  const need = needing(read);
  return {
    endpoint: need('s3-endpoint'),
    bucket: need('s3-bucket'),
    ...readS3Keys(read),
    region: need('s3-region'),
    useTls: need('s3-use-tls'),
    pathStyle: need('s3-path-style'),
    keyFiles: S3_KEY_FILES.flatMap((name) => read(name) ?? []),
    readKeysAgain: () => readS3Keys(readAnew()),
  };
}

function readS3Keys(read: Read): S3Keys {
  const need = needing(read);
  return {
    accessKeyId: need('s3-access-key-id'),
    secretAccessKey: need('s3-secret-access-key'),
    ...present('sessionToken', read('s3-session-token')),
  };
}

function readTls(read: Read): Config['tls'] {
  const certFile = read('tls-cert-file');
  const keyFile = read('tls-key-file');
  if (certFile === undefined && keyFile === undefined) {
    return undefined;
  }
  if (certFile === undefined || keyFile === undefined) {
    throw new InvalidSettingError('--tls-cert-file and --tls-key-file must be set together.');
  }
  for (const [name, file] of [
    ['tls-cert-file', certFile],
    ['tls-key-file', keyFile],
  ] as const) {
    try {
      accessSync(file, constants.R_OK);
    } catch {
      throw new InvalidSettingError(
        `${describeSetting(name)} must be a readable file, not ${JSON.stringify(file)}.`,
      );
    }
  }
  return { certFile, keyFile };
}

function readOidc(read: Read, need: Need): OidcConfig {
  return {
    privateHosts: read('oidc-private-hosts') ?? [],
    httpHosts: read('oidc-http-hosts') ?? [],
    ...present('extraCertificates', readCertificates(read('oidc-ca-file'))),
    keysMaxAgeMs: need('oidc-keys-max-age'),
    keysMaxStaleMs: need('oidc-keys-max-stale'),
  };
}

function readGrants(file: string | undefined): string | undefined {
  if (file === undefined) {
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new InvalidSettingError(
      `${describeSetting('grants-file')} must be a readable file, not ${JSON.stringify(file)}.`,
    );
  }
}

function readCertificates(file: string | undefined): string | undefined {
  if (file === undefined) {
    return undefined;
  }
  try {
    const pem = readFileSync(file, 'utf8');
    new X509Certificate(pem);
    return pem;
  } catch {
    throw new InvalidSettingError(
      `${describeSetting('oidc-ca-file')} must be a readable file of PEM certificates, not ${JSON.stringify(file)}.`,
    );
  }
}

function readWorker(read: Read, need: Need, environment: NodeJS.ProcessEnv): WorkerConfig {
  return {
    promotionEnabled: need('cas-promotion-enabled'),
    pollIntervalMs: need('cas-promotion-poll-interval'),
    errorBackoffMs: need('cas-promotion-error-backoff'),
    errorBackoffMaxMs: need('cas-promotion-error-backoff-max'),
    breakerFailures: need('cas-promotion-circuit-breaker-failures'),
    breakerCooldownMs: need('cas-promotion-circuit-breaker-cooldown'),
    jobLeaseMs: need('job-lease'),
    concurrency: need('worker-concurrency'),
    blobGraceMs: need('blob-grace'),
    disks: { maxBytes: need('max-virtual-size'), maxRatio: need('max-virtual-ratio') },
    deltas: {
      scratchDir: resolve(need('delta-scratch-dir')),
      scratchBytes: need('delta-scratch-size'),
      searchPath: environment.PATH ?? '',
    },
    scrubPeriodMs: need('scrub-period'),
    ...present('auditRetentionMs', read('audit-retention')),
  };
}

function present<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

import http from 'node:http';
import https from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type S3Keys, tunnelTo } from '@imgsrv/platform';
import { PlainReads } from './plain-reads.js';
import type { S3StoreSettings, S3Timeouts } from './s3-settings.js';

export interface S3Clients {
  /** Small calls that may be repeated. */
  readonly calls: S3Client;
  /** Parts: a streamed body cannot be sent twice, so one attempt. */
  readonly writes: S3Client;
  /** Reads: repeated until the answer begins, never after. */
  readonly reads: S3Client;
  /** What reads try first. None through a proxy: connections of our own would not know of the tunnel. */
  readonly plainReads: PlainReads | undefined;
}

const ATTEMPTS = 3;

/**
 * A pooled connection is dropped after this idle time, before stores and load balancers drop it themselves: a
 * part sent on a connection that is just being closed fails and cannot be repeated here.
 */
const POOLED_IDLE_MS = 5_000;

/** Three clients over their own connection pools: long streams never keep a small call from a connection. */
export function createS3Clients(settings: S3StoreSettings, timeouts: S3Timeouts): S3Clients {
  const { answerMs } = timeouts;
  const endpoint = endpointOf(settings);
  const common = clientSettings(settings, endpoint);
  const retried = { ...common, maxAttempts: ATTEMPTS };
  const reading = { ...connections(endpoint, timeouts), requestTimeout: answerMs };
  const reads = new S3Client({
    ...common,
    maxAttempts: reading.isTunnel ? ATTEMPTS : ATTEMPTS - 1,
    requestHandler: new NodeHttpHandler(reading),
  });
  return {
    calls: new S3Client({
      ...retried,
      requestHandler: new NodeHttpHandler({ ...connections(endpoint, timeouts), requestTimeout: answerMs }),
    }),
    writes: new S3Client({
      ...common,
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(connections(endpoint, timeouts)),
    }),
    reads,
    plainReads: reading.isTunnel
      ? undefined
      : PlainReads.of(reads, settings, { ...timeouts, idleMs: POOLED_IDLE_MS }),
  };
}

/** From the next call on. */
export function useKeys({ calls, writes, reads }: S3Clients, keys: S3Keys): void {
  for (const client of [calls, writes, reads]) {
    client.config.credentials = () => Promise.resolve(credentials(keys));
  }
}

/** Cuts what is under way, plain reads excepted. */
export function destroyClients({ calls, writes, reads, plainReads }: S3Clients): void {
  plainReads?.close();
  for (const client of [calls, writes, reads]) {
    client.destroy();
  }
}

function credentials({ accessKeyId, secretAccessKey, sessionToken }: S3Keys): S3Keys {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}

function connections(endpoint: string, { connectMs }: S3Timeouts) {
  const pool = { keepAlive: true, timeout: POOLED_IDLE_MS };
  // By the name in the settings, also where that of the bucket stands before it.
  const tunnel = tunnelTo(new URL(endpoint), pool);
  return {
    isTunnel: tunnel !== undefined,
    httpAgent: tunnel?.http ?? new http.Agent(pool),
    httpsAgent: tunnel?.https ?? new https.Agent(pool),
    connectionTimeout: connectMs,
    throwOnRequestTimeout: true,
  };
}

function endpointOf({ useTls, endpoint }: S3StoreSettings): string {
  return `${useTls ? 'https' : 'http'}://${endpoint}`;
}

const silent = () => undefined;

function clientSettings(settings: S3StoreSettings, endpoint: string) {
  return {
    endpoint,
    region: settings.region ?? 'us-east-1',
    forcePathStyle: settings.pathStyle,
    credentials: credentials(settings),
    // The SDK's default checksums break many S3-compatible stores and silently corrupt in some.
    requestChecksumCalculation: 'WHEN_REQUIRED' as const,
    responseChecksumValidation: 'WHEN_REQUIRED' as const,
    // Some stores and proxies never send `100 Continue`, and waiting for it takes a connection of its own.
    expectContinueHeader: false,
    // Said here, so that nothing is taken from AWS_* variables or ~/.aws of whoever runs the process.
    retryMode: 'standard' as const,
    defaultsMode: 'standard' as const,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    useArnRegion: false,
    disableS3ExpressSessionAuth: true,
    authSchemePreference: ['sigv4'],
    sigv4aSigningRegionSet: [],
    userAgentAppId: 'imgsrv',
    // Failures are logged once, by the caller.
    logger: { trace: silent, debug: silent, info: silent, warn: silent, error: silent },
  };
}

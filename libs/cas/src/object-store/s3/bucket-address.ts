import { isIP } from 'node:net';
import type { S3StoreSettings } from './s3-settings.js';

/** Where a bucket is, as the SDK addresses it. */
export interface BucketAddress {
  /** To connect to; without brackets. */
  readonly host: string;
  readonly port: number;
  /** As a request names it. */
  readonly authority: string;
  /** What the path of an object begins with. */
  readonly root: string;
}

type Addressed = Pick<S3StoreSettings, 'endpoint' | 'bucket' | 'useTls' | 'pathStyle'>;

/** Undefined for a bucket whose name may not do as part of a host's, where the rules of the SDK are longer. */
export function addressOfBucket({
  endpoint,
  bucket,
  useTls,
  pathStyle,
}: Addressed): BucketAddress | undefined {
  const url = new URL(`${useTls ? 'https' : 'http'}://${endpoint}`);
  const port = Number(url.port) || (useTls ? 443 : 80);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (pathStyle || isIP(host) !== 0) {
    return { host, port, authority: url.host, root: `/${bucket}/` };
  }
  return /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)
    ? { host: `${bucket}.${host}`, port, authority: `${bucket}.${url.host}`, root: '/' }
    : undefined;
}

/** The path of an object. */
export function pathOfObject({ root }: BucketAddress, key: string): string {
  return root + key.split('/').map(escapeSegment).join('/');
}

/** RFC 3986: `encodeURIComponent` leaves some characters that are reserved. */
function escapeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

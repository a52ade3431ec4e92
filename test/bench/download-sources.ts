import { join } from 'node:path';
import { describeSource, type UploadedBlob } from '../fixtures/upload-source.js';
import { slicesOf, writeRandomFile } from './random-file.js';
import type { Stage } from './stage.js';

/** Where one large object is to be had, and which processes serve it. */
export interface Source {
  readonly label: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly servers: readonly number[];
  readonly store: readonly number[];
}

/** What each is held against: the file system against files, S3 against a proxy of S3. */
export function peerOf(label: string): string {
  return label.includes('file system') || label.includes('static') ? 'nginx static' : 'nginx proxy of S3';
}

/** Brings the object to every server of the stage. */
export async function publishEverywhere(stage: Stage, sizeBytes: number): Promise<Source[]> {
  const { folder, s3, nginx, registry, subjects } = stage;
  const file = join(folder, 'download');
  await writeRandomFile(file, sizeBytes);
  const blob: UploadedBlob = await describeSource(file);
  const slices = slicesOf(sizeBytes, 4);
  await s3?.raw.putMultipart('download', file, slices);
  await registry.push(file, blob);
  const store = s3?.pids ?? [];
  const proxied = s3 && `${nginx.url}/proxy${s3.raw.pathOf('download')}`;
  const own: Source[] = [];
  for (const { label, client, service, publisher, storePids } of subjects) {
    await client.upload(file, blob, slices);
    own.push({
      label,
      url: `${service.baseUrl}/v1/blobs/${blob.digest}`,
      headers: [`Authorization: Bearer ${publisher.token}`],
      servers: service.apis.map(({ pid }) => pid),
      store: storePids,
    });
  }
  return [
    {
      label: 'nginx static',
      url: `${nginx.url}/static/download`,
      headers: [],
      servers: [nginx.pid],
      store: [],
    },
    ...(proxied === undefined
      ? []
      : [{ label: 'nginx proxy of S3', url: proxied, headers: [], servers: [nginx.pid], store }]),
    { label: 'docker-registry', url: registry.blobUrl(blob), headers: [], servers: [registry.pid], store },
    ...own,
  ];
}

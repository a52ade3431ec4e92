import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { type ImgsrvClient, uploadFile, UploadMemory } from '@imgsrv/client';
import type { Progress } from '../output/progress.js';
import { bytesText } from '../output/units.js';
import type { DescribedFile } from './describe-files.js';

/** How files are sent. */
export interface PartSettings {
  readonly parallel: number;
  readonly partSizeBytes?: number;
}

/** What a publish has sent. */
export interface SentAmount {
  readonly sentBytes: number;
  /** Sent by runs before this one. */
  readonly resumedBytes: number;
}

/** Has the server store files, one after the other; equal ones once. What it has already is not sent. */
export async function uploadFiles(
  client: ImgsrvClient,
  files: readonly DescribedFile[],
  folder: string,
  {
    progress,
    signal,
    parts,
  }: { readonly progress: Progress; readonly signal: AbortSignal; readonly parts: PartSettings },
): Promise<SentAmount> {
  let sent: SentAmount = { sentBytes: 0, resumedBytes: 0 };
  const byDigest = new Map(files.map((file) => [file.digest, file]));
  for (const source of byDigest.values()) {
    const task = progress.start(basename(source.file), 'sending', source.sizeBytes);
    const report = await uploadFile(client, source, {
      memory: uploadMemory(client.baseUrl.href, source.digest, folder),
      ...parts,
      signal,
      onProgress: ({ phase, doneBytes }) => {
        task.update(doneBytes, phase);
      },
    });
    task.finish(describe(source, report));
    sent = {
      sentBytes: sent.sentBytes + report.sentBytes,
      resumedBytes: sent.resumedBytes + report.resumedBytes,
    };
  }
  return sent;
}

/** One file for each server and digest: two publishes of the same bytes go on with the same upload. */
function uploadMemory(server: string, digest: string, folder: string): UploadMemory {
  const name = createHash('sha256').update(`${server} ${digest}`).digest('hex').slice(0, 32);
  return new UploadMemory(join(folder, `upload-${name}.json`));
}

function describe({ sizeBytes }: DescribedFile, { sentBytes, resumedBytes }: SentAmount): string {
  if (sentBytes === 0 && resumedBytes === 0) return `${bytesText(sizeBytes)}, the server has it`;
  const kept = resumedBytes === 0 ? '' : `, ${bytesText(resumedBytes)} of it by an earlier run`;
  return `${bytesText(sizeBytes)} sent and verified${kept}`;
}

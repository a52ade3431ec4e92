import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What is needed to go on with an upload. */
export interface RememberedUpload {
  readonly uploadId: string;
  readonly digest: string;
  readonly sizeBytes: number;
  /** The parts that were sent are of this size, whatever the server advises by now. */
  readonly partSizeBytes: number;
}

/** Remembers one upload in a small file, which it replaces as a whole. What cannot be read was never remembered. */
export class UploadMemory {
  constructor(private readonly file: string) {}

  async recall(): Promise<RememberedUpload | undefined> {
    try {
      const remembered: unknown = JSON.parse(await readFile(this.file, 'utf8'));
      return isRemembered(remembered) ? remembered : undefined;
    } catch {
      return undefined;
    }
  }

  async remember({ uploadId, digest, sizeBytes, partSizeBytes }: RememberedUpload): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    const written = `${this.file}.${randomUUID()}`;
    await writeFile(written, JSON.stringify({ uploadId, digest, sizeBytes, partSizeBytes }), { mode: 0o600 });
    await rename(written, this.file);
  }

  async forget(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

function isRemembered(value: unknown): value is RememberedUpload {
  const { uploadId, digest, sizeBytes, partSizeBytes } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof uploadId === 'string' &&
    typeof digest === 'string' &&
    Number.isSafeInteger(sizeBytes) &&
    Number.isSafeInteger(partSizeBytes) &&
    Number(partSizeBytes) > 0
  );
}

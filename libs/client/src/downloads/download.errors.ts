/** What arrived is not what the digest stands for, twice. Nothing of it was kept. */
export class DigestMismatchError extends Error {
  override readonly name = 'DigestMismatchError';
  readonly code = 'digest-mismatch';

  constructor(
    readonly expected: string,
    readonly actual: string,
  ) {
    super(`The bytes that arrived have the digest ${actual} instead of ${expected}.`);
  }
}

/** A file of that name is there, with other content. */
export class FileExistsError extends Error {
  override readonly name = 'FileExistsError';
  readonly code = 'file-exists';

  constructor(readonly file: string) {
    super(`${file} is there already, with other content.`);
  }
}

/** There is no room for the file. What has arrived is kept for the next try. */
export class DiskFullError extends Error {
  override readonly name = 'DiskFullError';
  readonly code = 'disk-full';

  constructor(
    readonly file: string,
    /** How much more room it takes. */
    readonly missingBytes: number,
  ) {
    super(`There is no room for ${file} on its disk: ${missingBytes} more bytes are needed.`);
  }
}

/** Another process fetches this file right now. */
export class DownloadBusyError extends Error {
  override readonly name = 'DownloadBusyError';
  readonly code = 'download-busy';

  constructor(lockFile: string) {
    super(`Another process is fetching this file. If none does, remove ${lockFile}.`);
  }
}

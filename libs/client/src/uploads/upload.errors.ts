/** The server read the uploaded bytes and refused them. */
export class UploadRefusedError extends Error {
  override readonly name = 'UploadRefusedError';
  readonly code = 'upload-refused';

  constructor(
    /** Why, as a code such as `digest-mismatch`. */
    readonly reason: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** The file is not what it was when it was described. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';
  readonly code = 'file-changed';

  constructor(file: string) {
    super(`${file} was changed while it was read. Run the command again when it is complete.`);
  }
}

/** A setting that stops the start; the message is one sentence that names it and never shows a secret. */
export class InvalidSettingError extends Error {
  override readonly name = 'InvalidSettingError';
}

/** How much a caller may learn: anybody, that it was refused; who holds a genuine token, also why. */
export type TokenRefusal = 'jwt-malformed' | 'jwt-refused' | 'jwt-expired' | 'jwt-claims' | 'jwt-audience';

/** A token that does not prove who calls. The message completes "The token was refused: …" for the log and dry runs. */
export class TokenRefusedError extends Error {
  constructor(
    readonly refusal: TokenRefusal,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

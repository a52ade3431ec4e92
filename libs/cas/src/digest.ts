/** `sha256:` and 64 lower-case hex digits. */
export type Digest = string & { readonly __brand: 'Digest' };

export const DIGEST_PATTERN = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return DIGEST_PATTERN.test(text);
}

/** Throws for text that is not a digest; for values that were validated before. */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new Error(`not a digest: ${text}`);
  }
  return text;
}

/** The digest of a finished SHA-256 in hex. */
export function digestOfHex(hex: string): Digest {
  return parseDigest(`sha256:${hex}`);
}

/** The 64 hex digits alone. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

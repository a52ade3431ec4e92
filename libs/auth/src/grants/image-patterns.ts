/** An exact image name, or a prefix that ends with a separator and `*`: `debian`, `debian-*`. */
export type ImagePattern = string & { readonly __brand: 'ImagePattern' };

/**
 * What an image pattern looks like. The separator before `*` is needed: `web*` would also cover an image `website`
 * that somebody else makes one day.
 */
export const IMAGE_PATTERN = /^[a-z0-9](?:[a-z0-9._-]{0,127}|[a-z0-9._-]{0,125}[._-]\*|[._-]\*)$/;

/** How many patterns one grant may have. */
export const MOST_IMAGE_PATTERNS = 64;

/** The images that a grant of content.write covers: all, or those that one of the patterns names. */
export type ImageScope = 'all' | readonly ImagePattern[];

/** Brands a pattern from a validated body or a row. */
export function imagePattern(text: string): ImagePattern {
  return text as ImagePattern;
}

/** The scope that a stored grant says; NULL is all images. */
export function storedScope(patterns: readonly string[] | null): ImageScope {
  return patterns === null ? 'all' : patterns.map(imagePattern);
}

/** How a scope is stored. */
export function toStored(scope: ImageScope): readonly string[] | null {
  return scope === 'all' ? null : scope;
}

/** All that any of the scopes covers; with none of them, nothing. */
export function unionOf(scopes: readonly ImageScope[]): ImageScope {
  const [only, ...others] = scopes;
  if (only !== undefined && others.length === 0) {
    return only;
  }
  const limited = scopes.filter((scope) => scope !== 'all');
  return limited.length < scopes.length ? 'all' : [...new Set(limited.flat())].sort();
}

export function covers(scope: ImageScope, imageName: string): boolean {
  return scope === 'all' || scope.some((pattern) => matches(pattern, imageName));
}

/** Whether a scope covers whatever the pattern names. */
export function coversPattern(scope: readonly ImagePattern[], pattern: string): boolean {
  return scope.some((own) => (own.endsWith('*') ? pattern.startsWith(own.slice(0, -1)) : own === pattern));
}

function matches(pattern: ImagePattern, imageName: string): boolean {
  return pattern.endsWith('*') ? imageName.startsWith(pattern.slice(0, -1)) : imageName === pattern;
}

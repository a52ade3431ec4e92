const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * The credential in the values of the Authorization headers of a request, by the grammar of RFC 6750, 2.1;
 * undefined unless there is exactly one header and all of it is one bearer credential.
 */
export function bearerCredential(headers: readonly string[] | undefined): string | undefined {
  const [only, ...more] = headers ?? [];
  return only === undefined || more.length > 0 ? undefined : BEARER.exec(only)?.[1];
}

const YEAR_S = 31_536_000;

/**
 * Header fields that every answer of every listener begins with, problems and what is refused below HTTP among them. An
 * answer that knows better replaces them: public bytes may be cached, a page may load its own files. So an answer of
 * which nobody thought is seen by its caller only, runs nothing and stands in no frame.
 */
export const PROTECTIVE_HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'private, no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Besides, where this process does TLS itself: browsers come over https from now on (RFC 6797). */
export const PROTECTIVE_TLS_HEADERS: Readonly<Record<string, string>> = {
  ...PROTECTIVE_HEADERS,
  'Strict-Transport-Security': `max-age=${YEAR_S}`,
};

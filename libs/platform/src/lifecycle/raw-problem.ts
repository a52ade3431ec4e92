import { randomUUID } from 'node:crypto';
import { problemDocument } from '../errors/problem-document.js';
import { PROTECTIVE_HEADERS } from './protective-headers.js';

/** An answer to bytes that never became a request. */
export interface RawProblem {
  /** The id by which the caller can ask for it; it stands in the answer. */
  readonly instance: string;
  readonly status: number;
  /** The whole answer as it goes over the wire; the connection is to be closed after it. */
  readonly text: string;
}

const KINDS = {
  400: { code: 'invalid-request', title: 'Bad Request' },
  408: { code: 'request-timeout', title: 'Request Timeout' },
  429: { code: 'too-many-requests', title: 'Too Many Requests' },
  431: { code: 'invalid-request', title: 'Request Header Fields Too Large' },
  503: { code: 'dependency-unavailable', title: 'Temporarily unavailable' },
} as const;

const RETRY_AFTER_S = 5;

/** `application/problem+json` (RFC 9457) without an HTTP server to send it. */
export function rawProblem(status: keyof typeof KINDS, detail: string): RawProblem {
  const { code, title } = KINDS[status];
  const instance = randomUUID();
  const body = problemDocument({ code, title, status, detail, instance });
  const text = [
    `HTTP/1.1 ${status} ${title}`,
    `X-Request-ID: ${instance}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries({ ...PROTECTIVE_HEADERS, 'Cache-Control': 'no-store' }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    ...(status === 429 || status === 503 ? [`Retry-After: ${RETRY_AFTER_S}`] : []),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
  return { instance, status, text };
}

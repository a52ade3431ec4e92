import type { IncomingHttpHeaders } from 'node:http';

/** Bytes; longer heads are left to Node's own parser, which has its own limit. */
const LONGEST_HEAD_BYTES = 16 * 1024;
const END_OF_HEAD = '\r\n\r\n';

/** The head of an answer whose body is simply the next `sizeBytes` bytes of the connection. */
export interface PlainHead {
  readonly statusCode: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  /** Whether the connection may carry another answer. */
  readonly keepsConnection: boolean;
}

/**
 * Collects the bytes of a connection until the head of an HTTP/1.1 answer (RFC 9112) is whole. It knows only the
 * common form, one that begins a 200 or 206 with a Content-Length, and gives up on every other.
 */
export class ResponseHeadReader {
  #collected: Buffer = Buffer.alloc(0);

  /** Undefined: the head goes on. `not-plain`: this is not for us. Else the head, and what came after it. */
  add(chunk: Buffer): { head: PlainHead; rest: Buffer } | 'not-plain' | undefined {
    this.#collected = this.#collected.length === 0 ? chunk : Buffer.concat([this.#collected, chunk]);
    const end = this.#collected.indexOf(END_OF_HEAD);
    if (end === -1) return this.#collected.length > LONGEST_HEAD_BYTES ? 'not-plain' : undefined;
    const head = end > LONGEST_HEAD_BYTES ? undefined : parseHead(this.#collected.toString('latin1', 0, end));
    return head ? { head, rest: this.#collected.subarray(end + END_OF_HEAD.length) } : 'not-plain';
  }
}

const STATUS_LINE = /^HTTP\/1\.1 (200|206)(?: [^\r\n\0]*)?$/;
/** No folded lines, no blank before the colon, no control characters: what is lenient elsewhere is smuggling here. */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff\t]*?)[ \t]*$/;
const SIZE = /^(?:0|[1-9]\d{0,14})$/;

/** These change where the body ends or what it is; an answer with one of them is not plain. */
const NOT_PLAIN: readonly (keyof IncomingHttpHeaders)[] = ['transfer-encoding', 'upgrade', 'trailer'];

function parseHead(text: string): PlainHead | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = STATUS_LINE.exec(statusLine)?.[1];
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const known = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`;
  }
  // A Content-Length given twice was joined by a comma, and is no size.
  const size = headers['content-length'];
  if (status === undefined || size === undefined || !SIZE.test(size)) return undefined;
  if (NOT_PLAIN.some((name) => name in headers)) return undefined;
  const keepsConnection = !/\bclose\b/i.test(headers.connection ?? '');
  return { statusCode: Number(status), headers, sizeBytes: Number(size), keepsConnection };
}

export interface Problem {
  /** Stable name of the kind, the last part of its type. */
  readonly code: string;
  readonly title: string;
  readonly status: number;
  /** For the caller. */
  readonly detail: string;
  /** The request id. */
  readonly instance: string;
  /** More members, where a client needs them. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** The text of an `application/problem+json` document (RFC 9457). */
export function problemDocument({ code, members, ...rest }: Problem): string {
  const { title, status, detail, instance } = rest;
  return JSON.stringify({ type: `urn:imgsrv:problem:${code}`, title, status, detail, instance, ...members });
}

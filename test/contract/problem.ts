import type { Answer } from '../support/http-client.js';

/** What belongs to the log: SQL, drivers, stacks, where bytes are kept and where we are. */
const INTERNALS =
  /\b(?:select|insert|update|delete)\b.*\b(?:from|into|set|where)\b|relation "|column "|constraint|typeorm|QueryFailed|pg_|postgres:|\bat .*\.[jt]s\b|node_modules|\.[jt]s:\d|blobs\/sha256|storage_key|multipart|bucket|ENOENT|ECONN|EACCES|\/tmp\/|class-validator|SyntaxError|TypeError|Unexpected token/i;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
  readonly current_state?: string;
}

/** Expects the problem document of a code, in the shape that every error has, and gives it. */
export function expectProblem(answer: Answer, status: number, code: string): Problem {
  expect({ status: answer.status, body: answer.bytes.toString() }).toEqual({
    status,
    body: expect.stringContaining(`"urn:imgsrv:problem:${code}"`) as string,
  });
  expect(answer.headers['content-type']).toBe('application/problem+json');
  expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
  expect(answer.headers['cache-control']).toBe('no-store');
  const problem = answer.json as Problem;
  expect(problem).toMatchObject({
    type: `urn:imgsrv:problem:${code}`,
    title: expect.stringMatching(/^[A-Z]/) as string,
    status,
    detail: expect.stringMatching(/^\S.*\S$/) as string,
    instance: answer.headers['x-request-id'],
  });
  expect(answer.bytes.toString()).not.toMatch(INTERNALS);
  return problem;
}

/** The answer but for what tells two requests apart. */
export function withoutInstance({ status, headers, json }: Answer): object {
  const kept = Object.entries(headers).filter(([name]) => name !== 'date' && name !== 'x-request-id');
  return { status, headers: Object.fromEntries(kept), problem: { ...(json as Problem), instance: '' } };
}

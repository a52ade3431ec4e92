import { ProblemError } from '../problem.error.js';
import { UnexpectedAnswerError, UnreachableServerError, UntrustedServerError } from './connection.errors.js';
import { delayAfter, mayPass, readRetryAfter } from './retry-rules.js';

const problem = (status: number, code: string, retryAfterMs?: number): ProblemError =>
  new ProblemError(status, { type: `urn:imgsrv:problem:${code}` }, retryAfterMs);

it.each<[string, unknown, whenRepeatable: boolean, otherwise: boolean]>([
  ['an outage', problem(503, 'dependency-unavailable'), true, true],
  ['a limit', problem(429, 'too-many-parts'), true, true],
  ['damaged bytes', problem(503, 'blob-damaged'), false, false],
  ['lost bytes', problem(503, 'object-missing'), false, false],
  ['a conflict', problem(409, 'version-exists'), false, false],
  ['a defect', problem(500, 'internal-error'), false, false],
  ['a gateway without a server', new UnexpectedAnswerError(502, ''), true, false],
  ['a page', new UnexpectedAnswerError(404, ''), false, false],
  ['a refused connection', new UnreachableServerError('', '', true), true, true],
  ['a broken connection', new UnreachableServerError('', '', false), true, false],
  ['a bad certificate', new UntrustedServerError('', '', undefined), false, false],
  ['anything else', new Error(), false, false],
])('%s', (_what, error, whenRepeatable, otherwise) => {
  expect([mayPass(error, true), mayPass(error, false)]).toEqual([whenRepeatable, otherwise]);
});

it('waits twice as long after each failure, with jitter, up to a limit', () => {
  const error = new UnreachableServerError('', '', true);
  expect([1, 2, 3, 30].map((failures) => delayAfter(failures, error, 1))).toEqual([250, 500, 1000, 15_000]);
  expect(delayAfter(1, error, 0)).toBe(125);
});

it('waits as long as the server asks for, and gives up when that is too long', () => {
  expect(delayAfter(1, problem(503, 'parts-busy', 4000), 0)).toBe(4000);
  expect(delayAfter(1, problem(429, 'too-many-requests', 121_000), 0)).toBeUndefined();
});

it.each<[string | undefined, number | undefined]>([
  ['3', 3000],
  ['Fri, 27 Nov 2026 12:00:05 GMT', 5000],
  ['Fri, 27 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('reads Retry-After: %s', (value, expected) => {
  expect(readRetryAfter(value, Date.parse('2026-11-27T12:00:00Z'))).toBe(expected);
});

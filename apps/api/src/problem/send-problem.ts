import { type ImgsrvError, problemDocument } from '@imgsrv/platform';
import type { Request, Response } from 'express';
import { settleUnreadBody } from '../http/unread-body.js';
import { begunAtMs } from '../server/request-context.js';
import { sendProblemPage, wantsProblemPage } from '../page/layout/problem-page.js';
import { atNextStep } from './next-step.js';
import { problemOf } from './problem-of.js';

/**
 * Answers with `application/problem+json` (RFC 9457), or with a page to a browser that was not on its way to the API. An
 * absent error is an internal one and says nothing of its cause.
 */
export function sendProblem(
  request: Request,
  response: Response,
  error: ImgsrvError | undefined,
  instance: string,
): void {
  const { headers, ...problem } = problemOf(error);
  const { status } = problem;
  response.statusCode = status;
  for (const name of response.getHeaderNames().filter((header) => REPRESENTATION.has(header))) {
    response.removeHeader(name);
  }
  for (const [name, value] of Object.entries(headers)) {
    response.setHeader(name, value);
  }
  settleUnreadBody(request, response, status);
  if (wantsProblemPage(request)) {
    sendProblemPage(request, response, { headers, ...problem }, instance).catch(() => response.destroy());
    return;
  }
  const body = Buffer.from(problemDocument({ ...problem, instance }));
  response.setHeader('Content-Type', 'application/problem+json');
  response.setHeader('Content-Length', body.length);
  response.setHeader('Cache-Control', 'no-store');
  whenItTellsNothing(request, status, () => {
    response.end(request.method === 'HEAD' ? undefined : body);
  });
}

/**
 * What somebody may not see is answered as what is absent, which a few microseconds more would tell apart: so both are answered at a
 * random moment of a later step of milliseconds.
 */
function whenItTellsNothing(request: Request, status: number, send: () => void): void {
  const begunMs = begunAtMs(request);
  if (status !== 404 || begunMs === undefined) {
    send();
  } else {
    atNextStep(begunMs, send);
  }
}

/** Headers a handler may have set for the answer it did not give. */
const REPRESENTATION = new Set([
  'accept-ranges',
  'content-disposition',
  'content-encoding',
  'content-range',
  'etag',
  'last-modified',
  'link',
  'location',
  'repr-digest',
]);

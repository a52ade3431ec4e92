import type { Request, Response } from 'express';
import type { Problem } from '../../problem/problem-of.js';
import { html, type Html } from '../html.js';
import { signInForm } from '../session/sign-in.view.js';
import type { PageContext, View } from './page-context.js';
import { sendPage } from './send-page.js';

/** What programs speak under, whatever they accept. */
const PROGRAMS = /^\/(?:v\d+|c|streams|docs|assets|openapi\.(?:json|yaml)|healthz|readyz|metrics)(?:\/|$)/;

/** Whether somebody who looks at pages wants to be told of a problem: a browser, on a path that is not of the API. */
export function wantsProblemPage(request: Request): boolean {
  return !PROGRAMS.test(request.path) && /(?:^|,)\s*text\/html\b/i.test(request.get('Accept') ?? '');
}

/** Answers with a problem as a page. */
export function sendProblemPage(
  request: Request,
  response: Response,
  problem: Problem,
  instance: string,
): Promise<void> {
  return sendPage(request, response, problemView(request, problem, instance), problem.status);
}

function problemView(request: Request, problem: Problem, instance: string): View {
  return (context) => ({
    title: problem.title,
    body: html`<div class="problem">
      <p class="status">${problem.status}</p>
      <h1>${headingOf(problem)}</h1>
      <p class="lead"><span class="told">${sentenceOf(problem)}</span></p>
      ${problem.status === 401 && signInForm(context, nextOf(request))} ${wayOn(context, request, problem)}
      <p class="small">Request <code>${instance}</code>: the log of the service knows it by this id.</p>
    </div>`,
  });
}

function headingOf({ status, title }: Problem): string {
  switch (status) {
    case 401:
      return 'Sign in to go on';
    case 404:
      return 'There is nothing here';
    case 410:
      return 'This version was withdrawn';
    case 503:
      return 'Not available at the moment';
    default:
      return title;
  }
}

function sentenceOf({ status, code, detail }: Problem): string {
  if (code === 'unauthenticated') {
    return detail.startsWith('The API token') || detail.startsWith('The principal')
      ? detail
      : 'This needs an API token: a complete one, which begins with imgsrv_at_.';
  }
  if (status === 404) {
    return `${detail} It may not be published, or the address may be mistyped.`;
  }
  return status === 503 ? `${detail} Nothing is lost; try again in a moment.` : detail;
}

function wayOn({ link }: PageContext, request: Request, { status }: Problem): Html {
  const isForm = request.method === 'POST';
  const mayRepeat = !isForm && (status === 429 || status >= 500);
  return html`<p class="actions">
    ${mayRepeat && html`<a class="button" href="">Try again</a>`}
    ${isForm && status !== 401 && html`<a class="button" href="${link(parentOf(request.path))}">Back</a>`}
    <a class="button second" href="${link('/')}">All images</a>
  </p>`;
}

/** The page that a form is on is the one above the path that it is sent to. */
function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Where a reader wanted to go; what a form was about to change is for them to send again. */
function nextOf(request: Request): string | undefined {
  return request.method === 'GET' && request.path !== '/sign-in' ? request.originalUrl : undefined;
}

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import { type Logger, logContext } from '@imgsrv/platform';
import { readLinkOf } from '../access/read-link.js';
import { clientAddress } from './client-address.js';
import { actingFor } from './current-actor.js';

const ids = new WeakMap<IncomingMessage, string>();
const begun = new WeakMap<IncomingMessage, number>();
const GIVEN_ID = /^[\x21-\x7e]{1,128}$/;
const QUIET = new Set(['/healthz', '/readyz']);

/** The id under which this request is logged and answered. */
export function requestId(request: IncomingMessage): string {
  const known = ids.get(request);
  if (known !== undefined) {
    return known;
  }
  const given = request.headers['x-request-id'];
  const id = typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID();
  ids.set(request, id);
  return id;
}

/** When work on the request began, as `performance.now()` tells it; undefined before. */
export function begunAtMs(request: IncomingMessage): number | undefined {
  return begun.get(request);
}

/** Gives each request its id, its log context and, at its end, its one log line. */
export function createRequestContext(logger: Logger) {
  const complain = createProxyComplaint(logger);
  return (request: Request, response: ServerResponse, next: () => void): void => {
    const startedAtMs = performance.now();
    begun.set(request, startedAtMs);
    const id = requestId(request);
    response.setHeader('X-Request-ID', id);
    logContext.run({ request_id: id }, () => {
      response.once('close', () => {
        const fields = {
          status: response.statusCode,
          duration_ms: Math.round(performance.now() - startedAtMs),
        };
        logger[levelOf(request, response)](fields, line(request, response));
      });
      const { address, isUnreadable } = clientAddress(request);
      if (isUnreadable) {
        complain(address, request.headers['x-forwarded-for']);
      }
      actingFor(address, id, next);
    });
  };
}

const COMPLAINT_EVERY_MS = 60_000;
const LONGEST_QUOTE = 100;

/** Says once a minute that all clients behind a proxy are one because of what it sends. */
function createProxyComplaint(logger: Logger) {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return (proxy: string | undefined, header: string | string[] | undefined): void => {
    if (performance.now() >= nextAtMs) {
      nextAtMs = performance.now() + COMPLAINT_EVERY_MS;
      logger.warn(
        { proxy, x_forwarded_for: String(header).slice(0, LONGEST_QUOTE) },
        'the X-Forwarded-For of a trusted proxy cannot be read; its clients count as one',
      );
    }
  };
}

function line(request: Request, response: ServerResponse): string {
  const outcome = response.writableFinished ? String(response.statusCode) : 'cut off';
  const prefix = readLinkOf(request) === undefined ? '' : '/t/…';
  return `${request.method} ${prefix}${request.originalUrl.replace(/\?.*/s, '')} ${outcome}`;
}

function levelOf(request: IncomingMessage, response: ServerResponse): 'debug' | 'info' | 'warn' {
  if (response.statusCode >= 500) {
    return 'warn';
  }
  return QUIET.has(request.url ?? '') ? 'debug' : 'info';
}

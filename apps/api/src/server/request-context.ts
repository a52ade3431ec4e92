import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Logger, logContext } from '@imgsrv/platform';
import { readLinkOf } from '../access/read-link.js';
import { findClientAddress, type TrustsProxy } from './client-address.js';
import { actingFor } from './current-actor.js';
import type { Step } from './frame.js';

interface Known {
  readonly id: string;
  begunAtMs?: number;
  address?: string;
}

const known = new WeakMap<IncomingMessage, Known>();
const GIVEN_ID = /^[\x21-\x7e]{1,128}$/;
const QUIET = new Set(['/healthz', '/readyz']);

/** The id under which this request is logged and answered. */
export function requestId(request: IncomingMessage): string {
  return knownOf(request).id;
}

/** When work on the request began, as `performance.now()` tells it; undefined before. */
export function begunAtMs(request: IncomingMessage): number | undefined {
  return known.get(request)?.begunAtMs;
}

/** Where the request comes from; undefined when the connection was gone before that could be asked. */
export function clientAddress(request: IncomingMessage): string | undefined {
  return known.get(request)?.address;
}

function knownOf(request: IncomingMessage): Known {
  let facts = known.get(request);
  if (facts === undefined) {
    const given = request.headers['x-request-id'];
    facts = { id: typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID() };
    known.set(request, facts);
  }
  return facts;
}

/** Gives each request its id, its log context and, at its end, its one log line. */
export function createRequestContext(logger: Logger, trusts: TrustsProxy): Step {
  const complain = createProxyComplaint(logger);
  return (request, response, next) => {
    const { url: target = '' } = request;
    const startedAtMs = performance.now();
    const facts = knownOf(request);
    facts.begunAtMs = startedAtMs;
    const { id } = facts;
    response.setHeader('X-Request-ID', id);
    const context = { request_id: id };
    logContext.run(context, () => {
      response.on('close', () => {
        const fields = {
          status: response.statusCode,
          duration_ms: Math.round(performance.now() - startedAtMs),
        };
        logger[levelOf(target, response)](fields, line(request, target, response));
      });
      const { address, isUnreadable } = findClientAddress(request, trusts);
      if (address !== undefined) {
        facts.address = address;
      }
      if (isUnreadable) {
        complain(address, request.headers['x-forwarded-for']);
      }
      actingFor(context, address, id);
      next();
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

/** The target as it was sent, which routers change. */
function line(request: IncomingMessage, target: string, response: ServerResponse): string {
  const outcome = response.writableFinished ? String(response.statusCode) : 'cut off';
  const prefix = readLinkOf(request) === undefined ? '' : '/t/…';
  return `${request.method} ${prefix}${target.replace(/\?.*/s, '')} ${outcome}`;
}

function levelOf(target: string, response: ServerResponse): 'debug' | 'info' | 'warn' {
  if (response.statusCode >= 500) {
    return 'warn';
  }
  return QUIET.has(target) ? 'debug' : 'info';
}

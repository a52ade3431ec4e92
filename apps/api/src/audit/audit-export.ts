import { once } from 'node:events';
import type { AuditEvent, AuditFilter, AuditLog } from '@imgsrv/audit';
import type { Config, Logger } from '@imgsrv/platform';
import type { Request, Response } from 'express';
import { InvalidRequestError, type RequestFault } from '../http/http.errors.js';
import { toPointer } from '../http/json-pointer.js';
import { cutWhenSlow } from '../server/stalled-answers.js';
import { toAuditEventResponse } from './audit-event.dto.js';

/** https://github.com/ndjson/ndjson-spec */
export const LINES = 'application/x-ndjson';

/** Sends the audit log as lines of JSON. */
export class AuditExport {
  constructor(
    private readonly log: AuditLog,
    private readonly parts: { readonly config: Config; readonly logger: Logger },
  ) {}

  /**
   * Sends all that match, newest first, and resolves when they are sent or the client is gone. The next page is read when the
   * client has taken most of those before. What fails after the first page breaks the connection; it never looks like the
   * end. Throws InvalidRequestError.
   */
  async send(request: Request, response: Response, filter: AuditFilter): Promise<void> {
    refusePaging(request);
    const pages = this.log.pages(filter);
    const first = await pages.next();
    response.setHeader('Content-Type', LINES);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    cutWhenSlow(request.socket, response, this.parts.config.slowClients);
    const gone = new AbortController();
    response.once('close', () => {
      gone.abort();
    });
    try {
      for (let page = first; page.done !== true; page = await pages.next()) {
        gone.signal.throwIfAborted();
        if (!response.write(toLines(page.value))) {
          await once(response, 'drain', { signal: gone.signal });
        }
      }
      response.end();
    } catch (error) {
      if (!gone.signal.aborted) {
        throw error;
      }
      this.parts.logger.debug({ err: error }, 'an export of the audit log ended early');
    }
  }
}

/** A list in one piece has no pages. */
function refusePaging({ query }: Request): void {
  const [first, ...more] = ['limit', 'cursor']
    .filter((name) => name in query)
    .map((name): RequestFault => ({
      pointer: toPointer(name),
      detail: `${name} has no meaning for ${LINES}`,
    }));
  if (first !== undefined) {
    throw InvalidRequestError.of(first, ...more);
  }
}

function toLines(events: readonly AuditEvent[]): string {
  return events.map((event) => `${JSON.stringify(toAuditEventResponse(event))}\n`).join('');
}

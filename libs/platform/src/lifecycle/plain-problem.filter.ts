import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { problemDocument } from '../errors/problem-document.js';
import type { Logger } from '../logging/logger.js';

const RETRY_AFTER_S = 2;
const ALLOWED = 'GET, HEAD';

/** Codes and titles as the api has them. */
const KINDS = {
  400: { code: 'invalid-request', title: 'Invalid request' },
  404: { code: 'not-found', title: 'Not found' },
  405: { code: 'method-not-allowed', title: 'Method not allowed' },
  500: { code: 'internal-error', title: 'Internal error' },
  503: { code: 'not-ready', title: 'Not ready' },
} as const;

/**
 * Problem documents for the listeners that serve health and metrics, which have a few GET routes and know no caller.
 * `paths` are those that are served.
 */
@Catch()
export class PlainProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly paths: readonly string[],
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<IncomingMessage>();
    const response = host.switchToHttp().getResponse<ServerResponse>();
    const { status, detail } = this.judge(thrown, request);
    if (status === 500) {
      this.logger.error({ err: thrown }, 'a request failed for an unexpected reason');
    }
    const instance = randomUUID();
    const body = Buffer.from(problemDocument({ ...KINDS[status], status, detail, instance }));
    response.statusCode = status;
    response.setHeader('X-Request-ID', instance);
    response.setHeader('Content-Type', 'application/problem+json');
    response.setHeader('Content-Length', body.length);
    response.setHeader('Cache-Control', 'no-store');
    if (status === 503) response.setHeader('Retry-After', RETRY_AFTER_S);
    if (status === 405) response.setHeader('Allow', ALLOWED);
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private judge(
    thrown: unknown,
    { url }: IncomingMessage,
  ): { readonly status: keyof typeof KINDS; readonly detail: string } {
    const status = thrown instanceof HttpException ? thrown.getStatus() : 500;
    if (status === 503 && thrown instanceof Error) {
      return { status, detail: thrown.message };
    }
    if (status === 404) {
      return this.paths.includes(url?.split('?')[0] ?? '')
        ? { status: 405, detail: `This path allows ${ALLOWED}.` }
        : { status, detail: 'Nothing is served under this path.' };
    }
    return status < 500
      ? { status: 400, detail: 'The request could not be understood.' }
      : { status: 500, detail: 'The service could not answer; its log says why.' };
  }
}

import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  NotFoundException,
} from '@nestjs/common';
import { type RefusalRecorder } from '@imgsrv/audit';
import { IssuerUnreachableError } from '@imgsrv/auth';
import {
  DependencyUnavailableError,
  describeCauses,
  ImgsrvError,
  isOutOfDescriptors,
  type Logger,
} from '@imgsrv/platform';
import type { Request, Response } from 'express';
import { refusalOf } from '../access/refusal.js';
import {
  ClientGoneError,
  InvalidRequestError,
  MethodNotAllowedError,
  RouteNotFoundError,
} from '../http/http.errors.js';
import { requestId } from '../server/request-context.js';
import { allowedMethods } from './allowed-methods.js';
import { sendProblem } from './send-problem.js';

/** Turns whatever was thrown into one problem document, logs what nobody else has logged, and records refusals. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly refusals: RefusalRecorder,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    if (thrown instanceof ClientGoneError) {
      response.destroy();
      return;
    }
    const error = this.translate(thrown, request);
    this.log(error, thrown);
    const refusal = error && refusalOf(error, request);
    if (refusal !== undefined) {
      this.refusals.record(refusal);
    }
    if (response.headersSent || response.destroyed) {
      // Too late for a problem document: a broken connection is the only honest end of a body.
      response.destroy();
      return;
    }
    sendProblem(request, response, error, requestId(request));
  }

  private translate(thrown: unknown, request: Request): ImgsrvError | undefined {
    if (thrown instanceof ImgsrvError) {
      return thrown;
    }
    if (isOutOfDescriptors(thrown)) {
      return new DependencyUnavailableError('system', { cause: thrown, reason: 'out of file descriptors' });
    }
    if (thrown instanceof NotFoundException) {
      const allowed = allowedMethods(request);
      return allowed.length === 0 ? new RouteNotFoundError() : new MethodNotAllowedError(allowed);
    }
    // Express and Nest raise these for requests they cannot read, such as a bad percent-encoding.
    return thrown instanceof HttpException && thrown.getStatus() < 500
      ? new InvalidRequestError('The request could not be understood.')
      : undefined;
  }

  private log(error: ImgsrvError | undefined, thrown: unknown): void {
    if (error === undefined) {
      this.logger.error({ err: thrown }, 'a request failed for an unexpected reason');
    } else if (error instanceof DependencyUnavailableError) {
      this.logger.warn(
        { reason: describeCauses(error) },
        'a request needed a dependency that is not available',
      );
    } else if (error instanceof IssuerUnreachableError) {
      this.logger.info({ reason: describeCauses(error) }, 'an issuer could not be read');
    }
  }
}

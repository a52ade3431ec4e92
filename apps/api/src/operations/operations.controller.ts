import { Controller, Get, HttpCode, Query, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ImgsrvError, Readiness } from '@imgsrv/platform';
import type { Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { ReadinessResponse, toReadinessResponse } from './readiness.dto.js';

/** The process should get no traffic now. */
class NotReadyError extends ImgsrvError {
  readonly code = 'not-ready';
}

@ApiTags('operations')
@Controller()
@Access('unchecked')
export class OperationsController {
  constructor(private readonly readiness: Readiness) {}

  /** The process serves; says nothing of its dependencies. */
  @Get('healthz')
  @HttpCode(204)
  @ApiNoContentResponse()
  healthz(): void {
    return;
  }

  /**
   * Postgres answers and accepts writes, the object store has answered once, and the process is not shutting down. With
   * `?verbose` the answer lists every check, also those whose failure only shows.
   */
  @Get('readyz')
  @ApiQuery({ name: 'verbose', required: false, description: 'Lists the checks.' })
  @ApiNoContentResponse()
  @ApiOkResponse({ type: ReadinessResponse, description: 'With `?verbose`.' })
  readyz(
    @Query('verbose') verbose: unknown,
    @Res({ passthrough: true }) response: Response,
  ): ReadinessResponse | undefined {
    const { reason, results } = this.readiness;
    const listed = toReadinessResponse(results);
    if (reason !== undefined) {
      throw new NotReadyError(reason, verbose === undefined ? {} : { members: { checks: listed.checks } });
    }
    response.status(verbose === undefined ? 204 : 200);
    return verbose === undefined ? undefined : listed;
  }
}

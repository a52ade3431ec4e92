import { Controller, Get, HttpCode } from '@nestjs/common';
import { ApiNoContentResponse, ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { NotReadyError } from './not-ready.error.js';
import { Readiness } from '@imgsrv/platform';

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

  /** Postgres and the object store answer. */
  @Get('readyz')
  @HttpCode(204)
  @ApiNoContentResponse()
  readyz(): void {
    const reason = this.readiness.reason;
    if (reason !== undefined) {
      throw new NotReadyError(reason);
    }
  }
}

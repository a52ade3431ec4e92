import { Controller, Get, HttpCode, ServiceUnavailableException } from '@nestjs/common';
import { Readiness } from '@imgsrv/platform';

/** Tells an orchestrator whether the worker lives and reaches what it needs. */
@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('healthz')
  @HttpCode(204)
  healthz(): void {
    return;
  }

  @Get('readyz')
  @HttpCode(204)
  readyz(): void {
    const reason = this.readiness.reason;
    if (reason !== undefined) {
      throw new ServiceUnavailableException(reason);
    }
  }
}

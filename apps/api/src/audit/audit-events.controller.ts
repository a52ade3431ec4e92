import { AuditLog } from '@imgsrv/audit';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { linkNextPage } from '../http/links.js';
import { toPageRequest } from '../http/page.js';
import {
  AuditEventListQuery,
  AuditEventListResponse,
  toAuditEventResponse,
  toAuditFilter,
} from './audit-event.dto.js';

@ApiTags('auth')
@Controller('v1/audit-events')
@Access('auth.manage')
export class AuditEventsController {
  constructor(private readonly log: AuditLog) {}

  /** What was changed, by whom, and who was refused; newest first. */
  @Get()
  async list(
    @Query() query: AuditEventListQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AuditEventListResponse> {
    const page = await this.log.list(toAuditFilter(query), toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { audit_events: page.items.map(toAuditEventResponse) };
  }
}

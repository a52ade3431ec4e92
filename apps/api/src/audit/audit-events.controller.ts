import { AuditLog } from '@imgsrv/audit';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { linkNextPage } from '../http/links.js';
import { toPageRequest } from '../http/page.js';
import {
  AuditEventListQuery,
  type AuditEventListResponse,
  toAuditEventResponse,
  toAuditFilter,
} from './audit-event.dto.js';
import { DescribeEvents } from './audit-event.openapi.js';
import { AuditExport, LINES } from './audit-export.js';

@ApiTags('auth')
@Controller('v1/audit-events')
@Access('auth.manage')
export class AuditEventsController {
  constructor(
    private readonly log: AuditLog,
    private readonly lines: AuditExport,
  ) {}

  /** What was changed, by whom, and who was refused; newest first. */
  @Get()
  @DescribeEvents()
  async list(
    @Query() query: AuditEventListQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const filter = toAuditFilter(query);
    response.vary('Accept');
    if (request.accepts(['application/json', LINES]) === LINES) {
      await this.lines.send(request, response, filter);
      return;
    }
    const page = await this.log.list(filter, toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    const body: AuditEventListResponse = { audit_events: page.items.map(toAuditEventResponse) };
    response.json(body);
  }
}

import { auditEventId, AuditLog } from '@imgsrv/auth';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { InvalidRequestError } from '../http/http.errors.js';
import { LARGEST_PAGE, linkNextPage } from '../http/page.js';
import {
  AuditEventListQuery,
  AuditEventListResponse,
  toAuditEventResponse,
  toAuditFilter,
} from './audit-event.dto.js';

const CURSOR = /^[1-9]\d{0,17}$/;

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
    const { limit = LARGEST_PAGE, cursor } = query;
    const after = cursor === undefined ? {} : { after: auditEventId(requireCursor(cursor)) };
    const page = await this.log.list(toAuditFilter(query), { limit, ...after });
    linkNextPage(request, response, page.next);
    return { audit_events: page.items.map(toAuditEventResponse) };
  }
}

function requireCursor(cursor: string): string {
  if (!CURSOR.test(cursor)) {
    throw new InvalidRequestError('The request is not valid.', [
      { pointer: '/cursor', detail: 'cursor must come from the Link header of a page of this list' },
    ]);
  }
  return cursor;
}

import { AuditLog } from '@imgsrv/audit';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { sendPage } from '../layout/send-page.js';
import { Page } from '../page.decorator.js';
import { AuditQuery } from './admin.dto.js';
import { auditPage } from './audit.view.js';

const EVENTS_A_PAGE = 50;

@Page()
@Controller('admin/audit')
@Access('auth.manage')
export class AuditPageController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  async list(@Query() query: AuditQuery, @Req() request: Request, @Res() response: Response): Promise<void> {
    const { action, resource, principal, outcome, cursor } = query;
    const page = await this.log.list(
      {
        ...(action === undefined ? {} : { action }),
        ...(resource === undefined ? {} : { resource }),
        ...(principal === undefined ? {} : { principalId: principal }),
        ...(outcome === undefined ? {} : { outcome }),
      },
      { limit: EVENTS_A_PAGE, ...(cursor === undefined ? {} : { cursor }) },
    );
    await sendPage(request, response, auditPage(page, query));
  }
}

import { Retentions } from '@imgsrv/catalog';
import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { linkNextPage } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import {
  PutRetentionRequest,
  RetentionPreviewResponse,
  RetentionResponse,
  toRetentionPolicy,
  toRetentionResponse,
  toVerdictResponse,
} from './retention.dto.js';

@ApiTags('images')
@Controller('v1/images/:name/retention')
export class RetentionController {
  constructor(private readonly retentions: Retentions) {}

  /** The policy that goes for the image, its own or the default; 404 when there is none and everything is kept. */
  @Get()
  @Access('content.write')
  async get(@Param('name') name: string): Promise<RetentionResponse> {
    return toRetentionResponse(await this.retentions.get(name));
  }

  /** Says which published versions are kept; a worker withdraws the others within the hour. The newest one always stays. */
  @Put()
  @Access('content.withdraw')
  async put(@Param('name') name: string, @Body() body: PutRetentionRequest): Promise<RetentionResponse> {
    return toRetentionResponse(await this.retentions.put(name, toRetentionPolicy(body)));
  }

  /** Takes the policy of the image away; the default goes for it again. */
  @Delete()
  @HttpCode(204)
  @Access('content.withdraw')
  async delete(@Param('name') name: string): Promise<void> {
    await this.retentions.delete(name);
  }

  /** What a run would make of each published version now, and why; the newest published first. */
  @Get('preview')
  @Access('content.write')
  async preview(
    @Param('name') name: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<RetentionPreviewResponse> {
    const page = await this.retentions.preview(name, toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { versions: page.items.map(toVerdictResponse) };
  }
}

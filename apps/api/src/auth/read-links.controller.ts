import { principalId, readLinkId, ReadLinks } from '@imgsrv/auth';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { linkNextPage, publicPath, setLocation } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import { toImageScope } from './image-patterns.dto.js';
import {
  IssuedReadLinkResponse,
  IssueReadLinkRequest,
  ReadLinkListResponse,
  toIssuedReadLinkResponse,
  toReadLinkResponse,
} from './read-link.dto.js';

@ApiTags('auth')
@Controller('v1/auth')
@Access('auth.manage')
export class ReadLinksController {
  constructor(private readonly readLinks: ReadLinks) {}

  /** Makes addresses that let whoever has them read what the principal may read of these images; they are in this answer only. */
  @Post('principals/:principal_id/read-links')
  @Header('Cache-Control', 'no-store')
  async issue(
    @Param('principal_id') owner: string,
    @Body() body: IssueReadLinkRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<IssuedReadLinkResponse> {
    const issued = await this.readLinks.issue(principalId(owner), {
      name: body.name ?? '',
      imageScope: toImageScope(body.image_patterns),
      expiresAt: body.expires_at,
    });
    setLocation(response, `/v1/auth/read-links/${issued.link.id}`);
    return toIssuedReadLinkResponse(issued, (path) => publicPath(response.app, path));
  }

  /** The read links of a principal, oldest first, expired and revoked ones included. */
  @Get('principals/:principal_id/read-links')
  async list(
    @Param('principal_id') owner: string,
    @Query() query: PageQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReadLinkListResponse> {
    const page = await this.readLinks.list(principalId(owner), toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { read_links: page.items.map(toReadLinkResponse) };
  }

  /** Ends a read link at once. Safe to repeat. */
  @Delete('read-links/:link_id')
  @HttpCode(204)
  async revoke(@Param('link_id') id: string): Promise<void> {
    await this.readLinks.revoke(readLinkId(id));
  }
}

import type { Caller } from '@imgsrv/auth';
import { promotionId, Promotions } from '@imgsrv/catalog';
import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { InvalidRequestError } from '../http/http.errors.js';
import { linkNextPage, setLocation } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { aliasPrecondition } from './alias-precondition.js';
import {
  PromoteRequest,
  PromotionListResponse,
  PromotionResponse,
  toPromotionResponse,
} from './promotion.dto.js';

@ApiTags('images')
@Controller('v1/images/:name/promotions')
@Access('content.write')
export class PromotionsController {
  constructor(private readonly promotions: Promotions) {}

  /** Lets an alias name what another one names at this moment. */
  @Post()
  @ApiHeader({ name: 'If-Match', required: false, description: 'Move `to_alias` only when it is unchanged.' })
  @DescribeProblems({
    409: '`to_alias` names that version already, or stands for a version or a variant of the image',
    412: '`to_alias` has changed',
  })
  async promote(
    @Param('name') name: string,
    @Body() { from_alias: from, to_alias: to }: PromoteRequest,
    @CurrentCaller() { principalId }: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PromotionResponse> {
    if (from === to) {
      throw InvalidRequestError.of({
        pointer: '/to_alias',
        detail: 'to_alias must be another than from_alias',
      });
    }
    const precondition = aliasPrecondition(request.headers);
    const made = await this.promotions.promote(name, { from, to }, precondition, principalId);
    setLocation(response, `/v1/images/${name}/promotions/${made.id}`);
    return toPromotionResponse(made);
  }

  /** The last 1000 promotions of an image and what took them back, newest first. */
  @Get()
  async list(
    @Param('name') name: string,
    @Query() query: PageQuery,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PromotionListResponse> {
    const page = await this.promotions.list(name, viewerOf(caller), toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { promotions: page.items.map(toPromotionResponse) };
  }

  /** One promotion. */
  @Get(':promotion_id')
  async get(
    @Param('name') name: string,
    @Param('promotion_id') id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<PromotionResponse> {
    return toPromotionResponse(await this.promotions.get(name, promotionId(id), viewerOf(caller)));
  }

  /** Puts the alias back to where it was before, unless it was moved since; removes it when it was new. */
  @Post(':promotion_id/revert')
  @DescribeProblems({
    409: 'The alias was moved since, also by a revert',
    412: 'The version that it named before is not published any more',
  })
  async revert(
    @Param('name') name: string,
    @Param('promotion_id') id: string,
    @CurrentCaller() { principalId }: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PromotionResponse> {
    const made = await this.promotions.revert(name, promotionId(id), principalId);
    setLocation(response, `/v1/images/${name}/promotions/${made.id}`);
    return toPromotionResponse(made);
  }
}

import { type Caller } from '@imgsrv/auth';
import { type Alias, Aliases } from '@imgsrv/catalog';
import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { linkNextPage } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import { textHeader } from '../openapi/text-header.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { aliasPrecondition } from './alias-precondition.js';
import { AliasListResponse, AliasResponse, PutAliasRequest, toAliasResponse } from './alias.dto.js';
import { viewerOf } from '../access/viewer.js';

const ENTITY_TAG = { ETag: textHeader('Changes with every move; for If-Match') };

@ApiTags('images')
@Controller('v1/images/:name/aliases')
export class AliasesController {
  constructor(private readonly aliases: Aliases) {}

  /** The aliases of an image, by name. */
  @Get()
  @Access('anonymous')
  async list(
    @Param('name') name: string,
    @Query() query: PageQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AliasListResponse> {
    const page = await this.aliases.list(name, viewerOf(caller), toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { aliases: page.items.map(toAliasResponse) };
  }

  /** An alias; its entity tag changes with every move. */
  @Get(':alias')
  @Access('anonymous')
  @ApiOkResponse({ type: AliasResponse, headers: ENTITY_TAG })
  async get(
    @Param('name') name: string,
    @Param('alias') alias: string,
    @CurrentCaller() caller: Caller | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AliasResponse> {
    const found = await this.aliases.get(name, alias, viewerOf(caller));
    setEntityTag(response, found);
    return toAliasResponse(found);
  }

  /** Creates an alias or moves it; its id stays. */
  @Put(':alias')
  @Access('content.write')
  @ApiHeader({ name: 'If-Match', required: false, description: 'Move it only when it is unchanged.' })
  @ApiOkResponse({ type: AliasResponse, headers: ENTITY_TAG })
  @DescribeProblems({
    409: 'The name stands for a version or a variant of the image',
    412: 'The version is not published, or the alias has changed',
  })
  async put(
    @Param('name') name: string,
    @Param('alias') alias: string,
    @Body() body: PutAliasRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AliasResponse> {
    const put = await this.aliases.put(name, alias, body.version, aliasPrecondition(request.headers));
    setEntityTag(response, put);
    return toAliasResponse(put);
  }

  /** Deletes an alias; what it points to stays. */
  @Delete(':alias')
  @HttpCode(204)
  @Access('content.write')
  @ApiHeader({ name: 'If-Match', required: false, description: 'Delete it only when it is unchanged.' })
  @DescribeProblems({ 412: 'The alias has changed' })
  async delete(
    @Param('name') name: string,
    @Param('alias') alias: string,
    @Req() request: Request,
  ): Promise<void> {
    await this.aliases.delete(name, alias, aliasPrecondition(request.headers));
  }
}

/** A proxy that compressed the answer would weaken the tag, and whoever sends it back would have to know. */
function setEntityTag(response: Response, { entityTag }: Alias): void {
  response.setHeader('ETag', entityTag);
  response.setHeader('Cache-Control', 'private, no-cache, no-transform');
}

import { authorizePatterns, type Caller } from '@imgsrv/auth';
import { Channels } from '@imgsrv/catalog';
import { Body, Controller, Delete, Get, HttpCode, Param, Put, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { linkNextPage } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import {
  ChannelListResponse,
  ChannelResponse,
  PutChannelRequest,
  SavedChannelResponse,
  toChannelResponse,
  toSavedChannelResponse,
} from './channel.dto.js';

@ApiTags('channels')
@Controller('v1/channels')
export class ChannelsController {
  constructor(private readonly channels: Channels) {}

  /** Channels, by name. A pattern that is a name is there for those who see that image. */
  @Get()
  @Access('anonymous')
  async list(
    @Query() query: PageQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChannelListResponse> {
    const page = await this.channels.list(toPageRequest(query), viewerOf(caller));
    linkNextPage(request, response, page.nextCursor);
    return { channels: page.items.map(toChannelResponse) };
  }

  /** One channel; `/c/{channel}` is its Simple Streams remote. */
  @Get(':channel')
  @Access('anonymous')
  async get(
    @Param('channel') name: string,
    @CurrentCaller() caller: Caller | undefined,
  ): Promise<ChannelResponse> {
    return toChannelResponse(await this.channels.get(name, viewerOf(caller)));
  }

  /** Makes a channel or replaces it. A limited writer's patterns must be covered by its grant, and those before as well. */
  @Put(':channel')
  @Access('content.write')
  async put(
    @Param('channel') name: string,
    @Body() { image_patterns: imagePatterns, alias }: PutChannelRequest,
    @CurrentCaller() caller: Caller,
  ): Promise<SavedChannelResponse> {
    const saved = await this.channels.put(name, { imagePatterns, alias }, (patterns) => {
      authorizePatterns(caller, patterns);
    });
    return toSavedChannelResponse(saved);
  }

  /** Deletes a channel; what it showed stays. */
  @Delete(':channel')
  @HttpCode(204)
  @Access('content.write')
  async delete(@Param('channel') name: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.channels.delete(name, (patterns) => {
      authorizePatterns(caller, patterns);
    });
  }
}

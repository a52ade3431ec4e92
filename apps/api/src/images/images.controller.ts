import { authorizeImage, type Caller } from '@imgsrv/auth';
import { Images } from '@imgsrv/catalog';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { linkNextPage, setLocation } from '../http/links.js';
import { toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import {
  ChangeImageRequest,
  CreateImageRequest,
  ImageListResponse,
  ImageResponse,
  toImageResponse,
} from './image.dto.js';
import { ImageListQuery, toImageSearch } from './list.dto.js';
import { viewerOf } from '../access/viewer.js';

@ApiTags('images')
@Controller('v1/images')
export class ImagesController {
  constructor(private readonly images: Images) {}

  /** Creates an image; once it has a published version it is seen by those whom its visibility names. */
  @Post()
  @Access('content.write')
  @DescribeProblems({ 409: 'There is an image of this name' })
  async create(
    @Body() body: CreateImageRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImageResponse> {
    authorizeImage(caller, body.name);
    const created = await this.images.create({
      name: body.name,
      ...(body.display_name === undefined ? {} : { displayName: body.display_name }),
      ...(body.description === undefined ? {} : { description: body.description }),
      ...(body.visibility === undefined ? {} : { visibility: body.visibility }),
    });
    setLocation(response, `/v1/images/${created.name}`);
    return toImageResponse(created);
  }

  /**
   * Images with at least one published version that the caller may see, by name. Of these, with a filter, those that match:
   * one published version has the label and one artifact with all of the rest.
   */
  @Get()
  @Access('anonymous')
  async list(
    @Query() query: ImageListQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImageListResponse> {
    const page = await this.images.list(viewerOf(caller), toPageRequest(query), toImageSearch(query));
    linkNextPage(request, response, page.nextCursor);
    return { images: page.items.map(toImageResponse) };
  }

  /** An image that the caller may see; without a published version only content-writers do. */
  @Get(':name')
  @Access('anonymous')
  async get(
    @Param('name') name: string,
    @CurrentCaller() caller: Caller | undefined,
  ): Promise<ImageResponse> {
    return toImageResponse(await this.images.get(name, viewerOf(caller)));
  }

  /** Changes the texts and the visibility that are given. */
  @Patch(':name')
  @Access('content.write')
  async change(@Param('name') name: string, @Body() body: ChangeImageRequest): Promise<ImageResponse> {
    return toImageResponse(
      await this.images.change(name, {
        ...(body.display_name === undefined ? {} : { displayName: body.display_name }),
        ...(body.description === undefined ? {} : { description: body.description }),
        ...(body.visibility === undefined ? {} : { visibility: body.visibility }),
      }),
    );
  }

  /** Deletes an image of which nothing was ever published, with its drafts. */
  @Delete(':name')
  @HttpCode(204)
  @Access('content.write')
  @DescribeProblems({ 409: 'A version is or was published, or is just being' })
  async delete(@Param('name') name: string): Promise<void> {
    await this.images.delete(name);
  }
}

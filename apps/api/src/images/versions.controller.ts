import { type Caller } from '@imgsrv/auth';
import { Versions } from '@imgsrv/catalog';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { linkNextPage, setLocation } from '../http/links.js';
import { toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { WITHDRAWN } from './withdrawn.openapi.js';
import { ManifestResponse, toManifestResponse } from './manifest.dto.js';
import { ReportedManifests } from './reported-manifests.js';
import {
  CreateVersionRequest,
  toVersionResponse,
  toVersionStates,
  VersionListQuery,
  VersionListResponse,
  VersionResponse,
} from './version.dto.js';
import { toVersionSearch } from './list.dto.js';
import { viewerOf } from '../access/viewer.js';
import {
  ChangeVersionRequest,
  sourceOf,
  toVersionChanges,
  toVersionMetadata,
} from './version-metadata.dto.js';

@ApiTags('images')
@Controller('v1/images/:name/versions')
export class VersionsController {
  constructor(
    private readonly versions: Versions,
    private readonly manifests: ReportedManifests,
  ) {}

  /** Creates a draft. */
  @Post()
  @Access('content.write')
  @DescribeProblems({
    409: 'The image has a version of this name, or you have made as many unpublished ones as you may have',
  })
  async create(
    @Param('name') name: string,
    @Body() body: CreateVersionRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<VersionResponse> {
    const metadata = { source: sourceOf(caller), ...toVersionMetadata(body) };
    const created = await this.versions.createDraft(name, body.version, caller.principalId, metadata);
    setLocation(response, `/v1/images/${name}/versions/${created.version}`);
    return toVersionResponse(created);
  }

  /**
   * Published versions, newest published first; content-writers may ask for the other states, which come first. With a filter,
   * those that have the label and one artifact with all of the rest.
   */
  @Get()
  @Access('anonymous')
  async list(
    @Param('name') name: string,
    @Query() query: VersionListQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<VersionListResponse> {
    const states = toVersionStates(query);
    const search = toVersionSearch(query);
    const page = await this.versions.list(name, states, viewerOf(caller), toPageRequest(query), search);
    linkNextPage(request, response, page.nextCursor);
    return { versions: page.items.map(toVersionResponse) };
  }

  /** The manifest of a version: all that it declares. Only content-writers see what is not published. */
  @Get(':version')
  @Access('anonymous')
  @DescribeProblems(WITHDRAWN)
  async get(
    @Param('name') name: string,
    @Param('version') version: string,
    @CurrentCaller() caller: Caller | undefined,
  ): Promise<ManifestResponse> {
    return toManifestResponse(await this.manifests.get(name, version, viewerOf(caller)));
  }

  /** Changes what is said of a draft, for what is given. */
  @Patch(':version')
  @Access('content.write')
  @DescribeProblems({ 412: 'The version is not a draft' })
  async change(
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() body: ChangeVersionRequest,
  ): Promise<VersionResponse> {
    return toVersionResponse(await this.versions.change(name, version, toVersionChanges(body)));
  }

  /** Deletes a draft with all that it declares. */
  @Delete(':version')
  @HttpCode(204)
  @Access('content.write')
  @DescribeProblems({ 412: 'The version is not a draft' })
  async delete(@Param('name') name: string, @Param('version') version: string): Promise<void> {
    await this.versions.deleteDraft(name, version);
  }
}

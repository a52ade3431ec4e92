import { type Caller } from '@imgsrv/auth';
import { Artifacts, PublishedBlobs } from '@imgsrv/catalog';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { BlobDownload } from '../downloads/blob-download.js';
import { DescribeDownload } from '../downloads/download.openapi.js';
import { linkNextPage, setLocation } from '../http/links.js';
import { PageQuery, toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { ChangeArtifactRequest, toArtifactMetadata } from './artifact-metadata.dto.js';
import {
  ArtifactListResponse,
  ArtifactResponse,
  CreateArtifactRequest,
  toArtifactResponse,
  toNewArtifact,
} from './artifact.dto.js';
import { WITHDRAWN } from './withdrawn.openapi.js';

@ApiTags('images')
@Controller('v1/images/:name/versions/:version/artifacts')
export class ArtifactsController {
  constructor(
    private readonly artifacts: Artifacts,
    private readonly published: PublishedBlobs,
    private readonly download: BlobDownload,
  ) {}

  /** Declares an artifact of a draft. */
  @Post()
  @Access('content.write')
  @DescribeProblems({
    409: 'There is such an artifact already',
    412: 'The version is not a draft, or the blob is none that a limited grant may attach',
  })
  async create(
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() body: CreateArtifactRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ArtifactResponse> {
    const artifact = toNewArtifact(body);
    const created = await this.artifacts.create(name, version, artifact, viewerOf(caller));
    setLocation(response, `/v1/images/${name}/versions/${version}/artifacts/${created.id}`);
    return toArtifactResponse(created);
  }

  /** The artifacts of a published version. */
  @Get()
  @Access('anonymous')
  @DescribeProblems(WITHDRAWN)
  async list(
    @Param('name') name: string,
    @Param('version') version: string,
    @Query() query: PageQuery,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ArtifactListResponse> {
    const page = await this.artifacts.listPublished(name, version, viewerOf(caller), toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { artifacts: page.items.map(toArtifactResponse) };
  }

  /** An artifact of a published version. */
  @Get(':artifact_id')
  @Access('anonymous')
  @DescribeProblems(WITHDRAWN)
  async get(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('artifact_id') id: string,
    @CurrentCaller() caller: Caller | undefined,
  ): Promise<ArtifactResponse> {
    return toArtifactResponse(await this.artifacts.getPublished(name, version, id, viewerOf(caller)));
  }

  /** Changes what is said of a draft's artifact, for what is given; which bytes it is stays. */
  @Patch(':artifact_id')
  @Access('content.write')
  @DescribeProblems({ 412: 'The version is not a draft' })
  async change(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('artifact_id') id: string,
    @Body() body: ChangeArtifactRequest,
  ): Promise<ArtifactResponse> {
    return toArtifactResponse(await this.artifacts.change(name, version, id, toArtifactMetadata(body)));
  }

  /** Removes an artifact of a draft, with its attachments. */
  @Delete(':artifact_id')
  @HttpCode(204)
  @Access('content.write')
  @DescribeProblems({ 412: 'The version is not a draft' })
  async delete(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('artifact_id') id: string,
  ): Promise<void> {
    await this.artifacts.delete(name, version, id);
  }

  /** The bytes of an artifact of a published version. */
  @Get(':artifact_id/download')
  @Access('anonymous')
  @DescribeProblems(WITHDRAWN)
  @DescribeDownload()
  @ApiProduces('application/octet-stream')
  async getBytes(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('artifact_id') id: string,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { digest, mediaType, fileName } = await this.published.getArtifact(
      name,
      version,
      id,
      viewerOf(caller),
    );
    await this.download.send(request, response, {
      digest,
      contentType: mediaType,
      fileName,
      isPrivate: caller !== undefined,
    });
  }
}

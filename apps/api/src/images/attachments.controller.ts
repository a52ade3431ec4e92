import { type Caller } from '@imgsrv/auth';
import { Attachments, PublishedBlobs } from '@imgsrv/catalog';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { BlobDownload } from '../downloads/blob-download.js';
import { DescribeDownload } from '../downloads/download.openapi.js';
import { setLocation } from '../http/links.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import {
  AttachmentResponse,
  CreateAttachmentRequest,
  toAttachmentResponse,
  toNewAttachment,
} from './attachment.dto.js';
import { WITHDRAWN } from './withdrawn.openapi.js';

@ApiTags('images')
@Controller('v1/images/:name/versions/:version/artifacts/:artifact_id/attachments')
export class AttachmentsController {
  constructor(
    private readonly attachments: Attachments,
    private readonly published: PublishedBlobs,
    private readonly download: BlobDownload,
  ) {}

  /** Declares an attachment of a draft's artifact. */
  @Post()
  @Access('content.write')
  @DescribeProblems({
    409: 'The artifact has an attachment of this name',
    412: 'The version is not a draft, or the blob is none that a limited grant may attach',
  })
  async create(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('artifact_id') artifactId: string,
    @Body() body: CreateAttachmentRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AttachmentResponse> {
    const attachment = toNewAttachment(body);
    const viewer = viewerOf(caller);
    const created = await this.attachments.create(name, version, artifactId, attachment, viewer);
    setLocation(
      response,
      `/v1/images/${name}/versions/${version}/artifacts/${artifactId}/attachments/${created.id}`,
    );
    return toAttachmentResponse(created);
  }

  /** Removes an attachment of a draft's artifact. */
  @Delete(':attachment_id')
  @HttpCode(204)
  @Access('content.write')
  @DescribeProblems({ 412: 'The version is not a draft' })
  async delete(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('artifact_id') artifactId: string,
    @Param('attachment_id') id: string,
  ): Promise<void> {
    await this.attachments.delete(name, version, artifactId, id);
  }

  /** The bytes of an attachment of a published version. */
  @Get(':attachment_id/download')
  @Access('anonymous')
  @DescribeProblems(WITHDRAWN)
  @DescribeDownload()
  @ApiProduces('application/octet-stream')
  async getBytes(
    @Param('name') name: string,
    @Param('version') version: string,
    @Param('artifact_id') artifactId: string,
    @Param('attachment_id') id: string,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const bytes = await this.published.getAttachment(name, version, artifactId, id, viewerOf(caller));
    await this.download.send(request, response, {
      digest: bytes.digest,
      contentType: bytes.mediaType,
      fileName: bytes.fileName,
      isPrivate: caller !== undefined,
    });
  }
}

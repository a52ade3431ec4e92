import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller, isAllowed } from '@imgsrv/auth';
import { BlobNotFoundError, type Digest, hexOf } from '@imgsrv/cas';
import { PublishedBlobs } from '@imgsrv/catalog';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { BlobDownload } from '../downloads/blob-download.js';
import { DescribeDownload } from '../downloads/download.openapi.js';

@ApiTags('blobs')
@Controller('v1/blobs')
@Access('anonymous')
export class BlobsController {
  constructor(
    private readonly published: PublishedBlobs,
    private readonly download: BlobDownload,
  ) {}

  /** The bytes of a verified blob; callers without the right to write see it while a published version refers to it. */
  @Get(':digest')
  @DescribeDownload('application/octet-stream')
  async get(
    @Param('digest') digest: Digest,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (!isAllowed(caller, 'content.write') && !(await this.published.isDigestPublished(digest))) {
      throw new BlobNotFoundError();
    }
    await this.download.send(request, response, {
      digest,
      contentType: 'application/octet-stream',
      fileName: hexOf(digest),
    });
  }
}

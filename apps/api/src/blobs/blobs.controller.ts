import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type Caller } from '@imgsrv/auth';
import type { Digest } from '@imgsrv/cas';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { DescribeDownload } from '../downloads/download.openapi.js';
import { BlobAnswers } from './blob-answers.js';

@ApiTags('blobs')
@Controller('v1/blobs')
@Access('anonymous')
export class BlobsController {
  constructor(private readonly blobs: BlobAnswers) {}

  /**
   * The bytes of a verified blob. Whoever sees an image sees it while a published version of that refers to it, content-writers
   * always, and those limited to some images also while these refer to it or after they have uploaded it.
   */
  @Get(':digest')
  @DescribeDownload('application/octet-stream')
  async get(
    @Param('digest') digest: Digest,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.blobs.send(request, response, digest, caller);
  }
}

import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@imgsrv/auth';
import { audienceOf } from '@imgsrv/catalog';
import { AudienceStreams } from '@imgsrv/streams';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { BlobDownload } from '../downloads/blob-download.js';
import { DescribeDownload } from '../downloads/download.openapi.js';
import { sendDocument } from '../surface/send-document.js';
import { DescribeStreamsDocument } from './streams.openapi.js';

@ApiTags('streams')
@Controller('streams/v1')
@Access('anonymous')
export class StreamsController {
  constructor(
    private readonly streams: AudienceStreams,
    private readonly download: BlobDownload,
  ) {}

  /** Where Incus and LXD begin: the list of products. */
  @Get('index.json')
  @DescribeStreamsDocument('index')
  async getIndex(
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { index, lastModified } = await this.streams.of(audienceOf(viewerOf(caller))).documents();
    sendDocument(request, response, index, lastModified, caller);
  }

  /** Every published image that Incus or LXD can use and that the caller may see. */
  @Get('images.json')
  @DescribeStreamsDocument('images')
  async getImages(
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { images, lastModified } = await this.streams.of(audienceOf(viewerOf(caller))).documents();
    sendDocument(request, response, images, lastModified, caller);
  }

  /** A file under a name that the product list has for it, or had within the last 24 hours. */
  @Get('files/:hex/:file_name')
  @DescribeDownload('application/octet-stream')
  async getFile(
    @Param('hex') hex: string,
    @Param('file_name') fileName: string,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const digest = await this.streams.of(audienceOf(viewerOf(caller))).getFile(hex, fileName);
    await this.download.send(request, response, {
      digest,
      contentType: 'application/octet-stream',
      fileName,
      isPrivate: caller !== undefined,
    });
  }
}

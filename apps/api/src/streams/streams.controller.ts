import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StreamsCatalogue } from '@imgsrv/streams';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { BlobDownload } from '../downloads/blob-download.js';
import { DescribeDownload } from '../downloads/download.openapi.js';
import { sendDocument } from '../surface/send-document.js';
import { DescribeStreamsDocument } from './streams.openapi.js';

@ApiTags('streams')
@Controller('streams/v1')
@Access('anonymous')
export class StreamsController {
  constructor(
    private readonly catalogue: StreamsCatalogue,
    private readonly download: BlobDownload,
  ) {}

  /** Where Incus and LXD begin: the list of products. */
  @Get('index.json')
  @DescribeStreamsDocument('index')
  async getIndex(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { index, lastModified } = await this.catalogue.documents();
    sendDocument(request, response, index, lastModified);
  }

  /** Every published image that Incus or LXD can use. */
  @Get('images.json')
  @DescribeStreamsDocument('images')
  async getImages(@Req() request: Request, @Res() response: Response): Promise<void> {
    const { images, lastModified } = await this.catalogue.documents();
    sendDocument(request, response, images, lastModified);
  }

  /** A file under a name that the product list has for it, or had within the last 24 hours. */
  @Get('files/:hex/:file_name')
  @DescribeDownload('application/octet-stream')
  async getFile(
    @Param('hex') hex: string,
    @Param('file_name') fileName: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const digest = await this.catalogue.getFile(hex, fileName);
    await this.download.send(request, response, {
      digest,
      contentType: 'application/octet-stream',
      fileName,
    });
  }
}

import type { Caller } from '@imgsrv/auth';
import { audienceOf, CHANNEL_NAME } from '@imgsrv/catalog';
import { ChannelStreams } from '@imgsrv/streams';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { BlobDownload } from '../downloads/blob-download.js';
import { DescribeDownload } from '../downloads/download.openapi.js';
import { DescribeStreamsDocument } from '../streams/streams.openapi.js';
import { sendDocument } from '../surface/send-document.js';

/** Each channel is a remote of its own. */
@ApiTags('streams')
@Controller('c/:channel/streams/v1')
@Access('anonymous')
export class ChannelStreamsController {
  constructor(
    private readonly streams: ChannelStreams,
    private readonly download: BlobDownload,
  ) {}

  /** Where Incus and LXD begin: the list of products of the channel. */
  @Get('index.json')
  @DescribeStreamsDocument('index')
  async getIndex(
    @Param('channel') channel: string,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { index, lastModified } = await this.streams.documents(
      CHANNEL_NAME.parse(channel),
      audienceOf(viewerOf(caller)),
    );
    sendDocument(request, response, index, lastModified, caller);
  }

  /** Of each image of the channel that Incus or LXD can use, the version that its alias names. */
  @Get('images.json')
  @DescribeStreamsDocument('images')
  async getImages(
    @Param('channel') channel: string,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { images, lastModified } = await this.streams.documents(
      CHANNEL_NAME.parse(channel),
      audienceOf(viewerOf(caller)),
    );
    sendDocument(request, response, images, lastModified, caller);
  }

  /** A file under a name that the product list has for it, or had within the last 24 hours. */
  @Get('files/:hex/:file_name')
  @DescribeDownload('application/octet-stream')
  async getFile(
    @Param('channel') channel: string,
    @Param('hex') hex: string,
    @Param('file_name') fileName: string,
    @CurrentCaller() caller: Caller | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const digest = await this.streams.getFile(
      { channel: CHANNEL_NAME.parse(channel), audience: audienceOf(viewerOf(caller)) },
      { hex, fileName },
    );
    await this.download.send(request, response, {
      digest,
      contentType: 'application/octet-stream',
      fileName,
      isPrivate: caller !== undefined,
    });
  }
}

import type { Caller } from '@imgsrv/auth';
import { BlobReader, Collections } from '@imgsrv/cas';
import type { JobId } from '@imgsrv/jobs';
import { Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { CurrentCaller } from '../../access/current-caller.decorator.js';
import { setLocation } from '../../http/links.js';
import { sendPage } from '../layout/send-page.js';
import { Page } from '../page.decorator.js';
import { Form } from '../session/form.interceptor.js';
import { collectionPage } from './collection.view.js';
import { storagePage } from './storage.view.js';

const SHOWN_DAMAGED = 100;

/** What storage managers see. Only previews are started here: what removes bytes is for the API. */
@Page()
@Controller('storage')
@Access('storage.manage')
export class StoragePageController {
  constructor(
    private readonly collections: Collections,
    private readonly blobs: BlobReader,
  ) {}

  @Get()
  async show(@Req() request: Request, @Res() response: Response): Promise<void> {
    const [usage, damaged] = await Promise.all([
      this.collections.usage(),
      this.blobs.list('damaged', { limit: SHOWN_DAMAGED }),
    ]);
    await sendPage(request, response, storagePage(usage, damaged.items));
  }

  @Post('collections')
  @Form()
  async preview(
    @CurrentCaller() { principalId }: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const { id } = await this.collections.start(true, principalId);
    setLocation(response, `/storage/collections/${id}`);
  }

  @Get('collections/:collection_id')
  async collection(
    @Param('collection_id') id: JobId,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await sendPage(request, response, collectionPage(await this.collections.get(id)));
  }
}

import type { Caller } from '@imgsrv/auth';
import { Uploads } from '@imgsrv/cas';
import { Overviews } from '@imgsrv/catalog';
import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { CurrentCaller } from '../../access/current-caller.decorator.js';
import { viewerOf } from '../../access/viewer.js';
import { setLocation } from '../../http/links.js';
import { ReportedPublishing } from '../../publish-jobs/reported-publishing.js';
import { sendPage } from '../layout/send-page.js';
import { Page } from '../page.decorator.js';
import { Form } from '../session/form.interceptor.js';
import { DoneQuery } from '../session/sign-in.dto.js';
import { draftsPage } from './drafts.view.js';
import { jobPage } from './job.view.js';
import { jobsPage } from './jobs.view.js';
import { uploadsPage } from './uploads.view.js';

/** The newest, and all that wait: more is for the API. */
const SHOWN = 100;

/** What content-writers have under way. A limited one sees its own uploads, and what is of its images. */
@Page()
@Controller()
@Access('content.write')
export class PublishingController {
  constructor(
    private readonly overviews: Overviews,
    private readonly uploads: Uploads,
    private readonly publishing: ReportedPublishing,
  ) {}

  @Get('drafts')
  async drafts(
    @CurrentCaller() caller: Caller,
    @Query() { done }: DoneQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const drafts = await this.overviews.listUnpublished(viewerOf(caller), SHOWN);
    await sendPage(request, response, draftsPage(drafts, done));
  }

  @Get('uploads')
  async listUploads(
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const of = caller.imageScope === 'all' ? undefined : caller.principalId;
    const uploads = await this.uploads.listPending(of, SHOWN);
    await sendPage(request, response, uploadsPage(uploads, caller.principalId));
  }

  @Get('jobs')
  async jobs(
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const jobs = await this.publishing.list(viewerOf(caller), SHOWN);
    await sendPage(request, response, jobsPage(jobs));
  }

  @Get('jobs/:job_id')
  async job(@Param('job_id') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await sendPage(request, response, jobPage(await this.publishing.getJob(id)));
  }

  @Post('jobs/:job_id/retry')
  @Form()
  async retry(@Param('job_id') id: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.publishing.retry(id);
    setLocation(response, `/jobs/${id}`);
  }

  @Post('jobs/:job_id/cancellation')
  @Form()
  async cancel(@Param('job_id') id: string, @Res({ passthrough: true }) response: Response): Promise<void> {
    await this.publishing.cancel(id);
    setLocation(response, `/jobs/${id}`);
  }
}

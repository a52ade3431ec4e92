import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { PublishJobResponse, toPublishJobResponse } from './publish-job.dto.js';
import { ReportedPublishing } from './reported-publishing.js';

@ApiTags('publishing')
@Controller('v1/publish-jobs')
@Access('content.write')
export class PublishJobsController {
  constructor(private readonly publishing: ReportedPublishing) {}

  /** A publish job with its steps. */
  @Get(':job_id')
  async get(@Param('job_id') id: string): Promise<PublishJobResponse> {
    return toPublishJobResponse(await this.publishing.getJob(id));
  }

  /** Queues a failed job again, from its first failed step. */
  @Post(':job_id/retry')
  @HttpCode(202)
  @DescribeProblems({ 412: 'The job has not failed' })
  async retry(@Param('job_id') id: string): Promise<PublishJobResponse> {
    return toPublishJobResponse(await this.publishing.retry(id));
  }

  /** Gives up a job that is queued, running or failed; its version is a draft again. */
  @Post(':job_id/cancel')
  @HttpCode(200)
  @DescribeProblems({ 412: 'The job succeeded or was canceled before' })
  async cancel(@Param('job_id') id: string): Promise<PublishJobResponse> {
    return toPublishJobResponse(await this.publishing.cancel(id));
  }
}

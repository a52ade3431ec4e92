import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@imgsrv/auth';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { PublishJobResponse, toPublishJobResponse } from './publish-job.dto.js';
import { ReportedPublishing } from './reported-publishing.js';

@ApiTags('publishing')
@Controller('v1/images/:name/versions/:version')
@Access('content.write')
export class VersionPublishingController {
  constructor(private readonly publishing: ReportedPublishing) {}

  /** Publishes a complete draft; repeating it answers with the job that is there. */
  @Post('publish')
  @HttpCode(202)
  @DescribeProblems({
    409: 'The name of the version stands for an alias or a variant of the image',
    412: 'The version has no artifacts, or some of its blobs are not verified',
  })
  async publish(
    @Param('name') name: string,
    @Param('version') version: string,
    @CurrentCaller() { principalId }: Caller,
  ): Promise<PublishJobResponse> {
    return toPublishJobResponse(await this.publishing.publish(name, version, principalId));
  }

  /** The job of the last publish of a version. */
  @Get('publish-job')
  async getJob(@Param('name') name: string, @Param('version') version: string): Promise<PublishJobResponse> {
    return toPublishJobResponse(await this.publishing.getJobOfVersion(name, version));
  }
}

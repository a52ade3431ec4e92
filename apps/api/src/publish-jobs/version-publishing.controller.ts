import { Body, Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiTags } from '@nestjs/swagger';
import type { Caller } from '@imgsrv/auth';
import type { Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { BodyLimit } from '../http/json-body.interceptor.js';
import { setLocation } from '../http/links.js';
import { textHeader } from '../openapi/text-header.js';
import { sourceOf } from '../images/version-metadata.dto.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { PublishJobResponse, toPublishJobResponse } from './publish-job.dto.js';
import { ReleaseRequest, toNewRelease } from './release.dto.js';
import { ReportedPublishing } from './reported-publishing.js';

/** Some thousand files with their digests, as `jq --indent 7` prints them. */
const LARGEST_RELEASE_BYTES = 4 * 2 ** 20;

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

  /**
   * Makes what is missing of an image, a version and its files, and publishes it: all of it or nothing. The aliases move at the
   * moment in which the version is published. Repeating it answers with the job that is there.
   */
  @Post('release')
  @HttpCode(202)
  @BodyLimit(LARGEST_RELEASE_BYTES)
  @ApiAcceptedResponse({
    type: PublishJobResponse,
    headers: { Location: { ...textHeader('Path of the publish job'), required: true } },
  })
  @DescribeProblems({
    409: 'The version has other content than this; a name stands for something else in the image; or you have made as many unpublished versions as you may have',
    410: 'The version is withdrawn',
    412: 'Some of the blobs are not verified, or are none that a limited grant may attach: `missing_digests` names all',
    413: 'The body is larger than 4 MiB',
  })
  async release(
    @Param('name') name: string,
    @Param('version') version: string,
    @Body() body: ReleaseRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<PublishJobResponse> {
    const source = sourceOf(caller);
    const releaser = {
      principalId: caller.principalId,
      viewer: viewerOf(caller),
      ...(source === undefined ? {} : { source }),
    };
    const released = await this.publishing.release(name, version, toNewRelease(body), releaser);
    setLocation(response, `/v1/publish-jobs/${released.job.id}`);
    return toPublishJobResponse(released);
  }

  /** The job of the last publish of a version. */
  @Get('publish-job')
  async getJob(@Param('name') name: string, @Param('version') version: string): Promise<PublishJobResponse> {
    return toPublishJobResponse(await this.publishing.getJobOfVersion(name, version));
  }
}

import type { Caller } from '@imgsrv/auth';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { ManifestResponse, toManifestResponse } from './manifest.dto.js';
import { ReportedManifests } from './reported-manifests.js';
import { WITHDRAWN } from './withdrawn.openapi.js';

@ApiTags('images')
@Controller('v1/images/:name/refs')
export class RefsController {
  constructor(private readonly manifests: ReportedManifests) {}

  /** The manifest of the published version of this name or, without one, of the version that this alias points to. */
  @Get(':ref')
  @Access('anonymous')
  @DescribeProblems(WITHDRAWN)
  async get(
    @Param('name') name: string,
    @Param('ref') ref: string,
    @CurrentCaller() caller: Caller | undefined,
  ): Promise<ManifestResponse> {
    return toManifestResponse(await this.manifests.getByRef(name, ref, viewerOf(caller)));
  }
}

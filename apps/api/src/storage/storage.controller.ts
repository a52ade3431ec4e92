import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Caller } from '@imgsrv/auth';
import { BlobReader, Collections, type Digest } from '@imgsrv/cas';
import type { JobId } from '@imgsrv/jobs';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { linkNextPage } from '../http/links.js';
import { toPageRequest } from '../http/page.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { BlobListQuery, BlobListResponse, toBlobResponse } from './blob.dto.js';
import { CollectionResponse, StartCollectionRequest, toCollectionResponse } from './collection.dto.js';
import { StorageUsageResponse, toStorageUsageResponse } from './storage-usage.dto.js';

@ApiTags('storage')
@Controller('v1')
@Access('storage.manage')
export class StorageController {
  constructor(
    private readonly collections: Collections,
    private readonly blobs: BlobReader,
  ) {}

  /** How much is stored, and what is going to become of it. */
  @Get('storage')
  async usage(): Promise<StorageUsageResponse> {
    return toStorageUsageResponse(await this.collections.usage());
  }

  /** Starts a collection now, or gives the one that waits or runs. It leaves every blob its grace. */
  @Post('storage/collections')
  @HttpCode(202)
  @ApiBody({ type: StartCollectionRequest, required: false })
  async start(
    @Body() body: StartCollectionRequest,
    @CurrentCaller() { principalId }: Caller,
  ): Promise<CollectionResponse> {
    return toCollectionResponse(await this.collections.start(body.dry_run ?? false, principalId));
  }

  /** A collection and its report; kept for a week after it has succeeded. */
  @Get('storage/collections/:collection_id')
  async get(@Param('collection_id') id: JobId): Promise<CollectionResponse> {
    return toCollectionResponse(await this.collections.get(id));
  }

  /** Stored blobs, by digest; those that are damaged wait for an upload of their bytes. */
  @Get('blobs')
  async listBlobs(
    @Query() query: BlobListQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<BlobListResponse> {
    const page = await this.blobs.list(query.state, toPageRequest(query));
    linkNextPage(request, response, page.nextCursor);
    return { blobs: page.items.map(toBlobResponse) };
  }

  /** Ends the grace of a blob that nothing refers to, and queues its collection; safe to repeat until it is gone. */
  @Delete('blobs/:digest')
  @HttpCode(202)
  @DescribeProblems({ 409: 'A version refers to the blob' })
  async deleteBlob(
    @Param('digest') digest: Digest,
    @CurrentCaller() { principalId }: Caller,
  ): Promise<CollectionResponse> {
    return toCollectionResponse(await this.collections.deleteBlob(digest, principalId));
  }
}

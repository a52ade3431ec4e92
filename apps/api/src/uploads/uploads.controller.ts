import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@imgsrv/auth';
import { Uploads, type UploadSessionId } from '@imgsrv/cas';
import { BlobVisibility } from '@imgsrv/catalog';
import type { Config } from '@imgsrv/platform';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { CONFIG } from '../foundation.module.js';
import { BodyLimit, StreamedBody } from '../http/json-body.interceptor.js';
import { setLocation } from '../http/links.js';
import { UploadMetrics } from '../metrics/upload-metrics.js';
import { DescribeProblems } from '../problem/describe-problems.js';
import { announcedDigests, partSizeBytes } from './part-headers.js';
import { PartSlots } from './part-slots.js';
import {
  BeginUploadRequest,
  CompleteUploadRequest,
  toListedPartResponse,
  toNewUpload,
  toUploadSessionResponse,
  UploadPartResponse,
  UploadPartsResponse,
  UploadSessionResponse,
} from './upload.dto.js';
import { receiveBody } from './receive-body.js';
import { DescribePartBody, DescribeUploadBegin } from './uploads.openapi.js';

/** 10,000 parts with long etags, as `jq --indent 7` prints them. */
const LARGEST_PART_LIST_BYTES = 4 * 2 ** 20;

@ApiTags('uploads')
@Controller('v1/uploads')
@Access('content.write')
export class UploadsController {
  constructor(
    private readonly uploads: Uploads,
    private readonly visibility: BlobVisibility,
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: UploadMetrics,
    private readonly slots: PartSlots,
  ) {}

  /** Begins an upload; 200 with a session that is `ready` when the bytes are here already. */
  @Post()
  @DescribeUploadBegin()
  async begin(
    @Body() body: BeginUploadRequest,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadSessionResponse> {
    const { session, isNew } = await this.uploads.begin(toNewUpload(body, caller.principalId), (digest) =>
      this.visibility.isVisible(digest, viewerOf(caller)),
    );
    response.status(isNew ? 201 : 200);
    setLocation(response, `/v1/uploads/${session.id}`);
    return toUploadSessionResponse(session);
  }

  /** The state of an upload. */
  @Get(':upload_id')
  async get(@Param('upload_id') id: UploadSessionId): Promise<UploadSessionResponse> {
    return toUploadSessionResponse(await this.uploads.get(id));
  }

  /** The parts received so far: what a client needs to go on after it lost everything but the id. */
  @Get(':upload_id/parts')
  async parts(@Param('upload_id') id: UploadSessionId): Promise<UploadPartsResponse> {
    return { parts: (await this.uploads.parts(id)).map(toListedPartResponse) };
  }

  /** Receives one part; sending a number again replaces it. */
  @Put(':upload_id/parts/:part_number')
  @StreamedBody()
  @DescribePartBody()
  async putPart(
    @Param('upload_id') id: UploadSessionId,
    @Param('part_number') partNumber: string,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadPartResponse> {
    const announced = {
      partNumber: Number(partNumber),
      sizeBytes: partSizeBytes(request.headers),
      announced: announcedDigests(request.headers),
    };
    const limits = this.config.slowClients.body;
    const part = await receiveBody({ request, response, limits }, (open, signal) =>
      this.slots.use(caller.principalId, () => this.uploads.putPart(id, announced, open, signal)),
    );
    this.metrics.receivedPart(part.sizeBytes);
    return { upload_id: id, part_number: part.partNumber, etag: part.etag, size_bytes: part.sizeBytes };
  }

  /** Assembles the parts and queues their verification; safe to repeat. */
  @Post(':upload_id/complete')
  @HttpCode(200)
  @BodyLimit(LARGEST_PART_LIST_BYTES)
  @DescribeProblems({
    412: 'The parts are not those that were received, do not add up, or the upload is over',
  })
  async complete(
    @Param('upload_id') id: UploadSessionId,
    @Body() body: CompleteUploadRequest,
  ): Promise<UploadSessionResponse> {
    const parts = body.parts.map((part) => ({
      partNumber: part.number,
      etag: part.etag,
      sizeBytes: part.size_bytes,
    }));
    return toUploadSessionResponse(await this.uploads.complete(id, parts));
  }

  /** Gives an upload up before it is completed; safe to repeat. */
  @Post(':upload_id/abort')
  @HttpCode(200)
  @DescribeProblems({ 412: 'The upload was completed' })
  async abort(@Param('upload_id') id: UploadSessionId): Promise<UploadSessionResponse> {
    return toUploadSessionResponse(await this.uploads.abort(id));
  }
}

import { Controller, Inject, Param, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Caller } from '@imgsrv/auth';
import { type Digest, WholeUploads } from '@imgsrv/cas';
import { BlobVisibility } from '@imgsrv/catalog';
import type { Config } from '@imgsrv/platform';
import type { Request, Response } from 'express';
import { Access } from '../access/access.decorator.js';
import { viewerOf } from '../access/viewer.js';
import { CurrentCaller } from '../access/current-caller.decorator.js';
import { CONFIG } from '../foundation.module.js';
import { LengthRequiredError } from '../http/http.errors.js';
import { StreamedBody } from '../http/json-body.interceptor.js';
import { setLocation } from '../http/links.js';
import { settleUnreadBody } from '../http/unread-body.js';
import { UploadMetrics } from '../metrics/upload-metrics.js';
import { partSizeBytes } from './part-headers.js';
import { PartSlots } from './part-slots.js';
import { UploadedBlobResponse } from './upload.dto.js';
import { receiveBody } from './receive-body.js';
import { DescribeWholeBody } from './uploads.openapi.js';

@ApiTags('uploads')
@Controller('v1/blobs')
@Access('content.write')
export class WholeUploadsController {
  constructor(
    private readonly uploads: WholeUploads,
    private readonly visibility: BlobVisibility,
    @Inject(CONFIG) private readonly config: Config,
    private readonly metrics: UploadMetrics,
    private readonly slots: PartSlots,
  ) {}

  /** Uploads bytes in one request: they are verified when it is answered. 200, and nothing is read, when they are here already. */
  @Put(':digest')
  @StreamedBody()
  @DescribeWholeBody()
  async put(
    @Param('digest') digest: Digest,
    @CurrentCaller() caller: Caller,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<UploadedBlobResponse> {
    const sizeBytes = partSizeBytes(request.headers);
    if (sizeBytes === undefined) {
      throw new LengthRequiredError('The request needs a Content-Length.');
    }
    const limits = this.config.slowClients.body;
    const isNew = await receiveBody({ request, response, limits }, (body, signal) =>
      this.slots.use(caller.principalId, () =>
        this.uploads.put({
          expectedDigest: digest,
          expectedSizeBytes: sizeBytes,
          createdBy: caller.principalId,
          isVisible: (known) => this.visibility.isVisible(known, viewerOf(caller)),
          body,
          signal,
        }),
      ),
    );
    if (isNew) {
      this.metrics.receivedPart(sizeBytes);
    } else {
      settleUnreadBody(request, response, 200);
    }
    response.status(isNew ? 201 : 200);
    setLocation(response, `/v1/blobs/${digest}`);
    return { digest, size_bytes: sizeBytes };
  }
}

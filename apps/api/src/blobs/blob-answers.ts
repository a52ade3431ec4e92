import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { Caller } from '@imgsrv/auth';
import { BlobNotFoundError, type Digest, hexOf } from '@imgsrv/cas';
import { BlobVisibility } from '@imgsrv/catalog';
import { viewerOf } from '../access/viewer.js';
import { BlobDownload } from '../downloads/blob-download.js';

/** Answers with the bytes of a verified blob who may see them. */
@Injectable()
export class BlobAnswers {
  constructor(
    private readonly visibility: BlobVisibility,
    private readonly download: BlobDownload,
  ) {}

  /** As `BlobDownload.send`. Throws BlobNotFoundError also for a blob that the caller may not see. */
  async send(
    request: IncomingMessage,
    response: ServerResponse,
    digest: Digest,
    caller: Caller | undefined,
  ): Promise<void> {
    if (!(await this.visibility.isVisible(digest, viewerOf(caller)))) {
      throw new BlobNotFoundError();
    }
    await this.download.send(request, response, {
      digest,
      contentType: 'application/octet-stream',
      fileName: hexOf(digest),
      isPrivate: caller !== undefined && !(await this.visibility.isVisible(digest, 'anyone')),
    });
  }
}

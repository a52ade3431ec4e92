import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import {
  type Blob,
  BlobDamagedError,
  BlobNotFoundError,
  BlobReader,
  type ByteRange,
  DamagedObjectError,
  type Digest,
  hexOf,
  NoSuchObjectError,
  pour,
} from '@imgsrv/cas';
import { type Config, describeCauses, type Logger } from '@imgsrv/platform';
import { clientAddress } from '../server/request-context.js';
import { cutWhenSlow } from '../server/stalled-answers.js';
import { DownloadChecks } from './download-checks.js';
import type { DownloadSlots } from './download-slots.js';
import { PreconditionFailedError, RangeNotSatisfiableError } from './download.errors.js';
import { checkPreconditions, ifRangeHolds } from './preconditions.js';
import { parseRange } from './range.js';

export interface Download {
  readonly digest: Digest;
  readonly contentType: string;
  /** Of our own grammar: it goes into the header as it is. */
  readonly fileName: string;
  /** True while only some callers may see the bytes: then no shared cache may keep them. */
  readonly isPrivate?: boolean;
}

/** Answers GET and HEAD for the bytes of a blob, with conditions and ranges (RFC 9110). */
export class BlobDownload {
  private readonly checks = new DownloadChecks();

  constructor(
    private readonly blobs: BlobReader,
    private readonly slots: DownloadSlots,
    private readonly parts: { readonly config: Config; readonly logger: Logger },
  ) {}

  /**
   * Sends the bytes and resolves when they are sent or the client is gone. HEAD, 304 and 416 open nothing in the
   * object store and take no slot. A store that breaks off breaks the connection; it never looks like a complete answer,
   * and neither do wrong bytes where they are noticed. Throws BlobDamagedError and BlobNotFoundError.
   */
  async send(request: IncomingMessage, response: ServerResponse, download: Download): Promise<void> {
    const blob = await this.blobs.find(download.digest);
    if (blob === undefined) {
      throw new BlobNotFoundError();
    }
    const validators = { etag: `"${blob.digest}"`, lastModified: blob.verifiedAt };
    const verdict = checkPreconditions(request.headers, validators);
    if (verdict === 'failed') {
      throw new PreconditionFailedError();
    }
    setHeaders(response, blob, download);
    if (verdict === 'not-modified') {
      response.removeHeader('Content-Type');
      response.statusCode = 304;
      response.end();
      return;
    }
    // Range is defined for GET only (RFC 9110, 14.2).
    const useRange = request.method === 'GET' && ifRangeHolds(request.headers, validators);
    await this.sendRange(request, response, blob, useRange ? request.headers.range : undefined);
  }

  private async sendRange(
    request: IncomingMessage,
    response: ServerResponse,
    blob: Blob,
    rangeHeader: string | undefined,
  ): Promise<void> {
    const asked = parseRange(rangeHeader, blob.sizeBytes);
    if (asked.kind === 'unsatisfiable') {
      throw new RangeNotSatisfiableError(blob.sizeBytes);
    }
    const range = asked.kind === 'part' ? asked.range : undefined;
    response.statusCode = range === undefined ? 200 : 206;
    response.setHeader('Content-Length', range === undefined ? blob.sizeBytes : range.end - range.start + 1);
    if (range !== undefined) {
      response.setHeader('Content-Range', `bytes ${range.start}-${range.end}/${blob.sizeBytes}`);
    }
    if (request.method === 'HEAD') {
      response.end();
    } else {
      const giveBack = this.slots.take(clientAddress(request) ?? '');
      try {
        await this.stream(request, response, blob, range);
      } finally {
        giveBack();
      }
    }
  }

  private async stream(
    request: IncomingMessage,
    response: ServerResponse,
    blob: Blob,
    range: ByteRange | undefined,
  ): Promise<void> {
    const gone = new AbortController();
    const onClose = () => {
      // Of an answer that was sent there is nothing to give up, and the error that says so costs time.
      if (!response.writableFinished) gone.abort();
    };
    response.once('close', onClose);
    try {
      const body = await this.blobs.openBlob(blob, {
        signal: gone.signal,
        ...(range === undefined ? {} : { range }),
      });
      cutWhenSlow(request.socket, response, this.parts.config.slowClients);
      await this.pour(blob, body, response, range === undefined);
    } catch (error) {
      await this.suspectIfDamaged(blob, error);
      if (gone.signal.aborted || response.destroyed) {
        this.parts.logger.debug({ err: error }, 'a download ended early');
        response.destroy();
        return;
      }
      throw error;
    } finally {
      response.off('close', onClose);
    }
  }

  private async pour(blob: Blob, body: Readable, response: ServerResponse, isWhole: boolean): Promise<void> {
    const check = isWhole ? this.checks.begin(blob) : undefined;
    if (check === undefined) {
      await pour(body, response);
      return;
    }
    let isSound = false;
    try {
      await pour(body, response, {
        inspect: (chunk) => {
          check.add(chunk);
        },
      });
      isSound = true;
    } finally {
      this.checks.end(blob, isSound);
    }
  }

  /** A worker reads the blob then, and takes it out of use if it really is damaged. */
  private async suspectIfDamaged(blob: Blob, error: unknown): Promise<void> {
    if (
      !(error instanceof BlobDamagedError) &&
      !(error instanceof DamagedObjectError) &&
      !(error instanceof NoSuchObjectError)
    ) {
      return;
    }
    this.parts.logger.error({ digest: blob.digest, reason: describeCauses(error) }, LOGGED[error.code]);
    try {
      await this.blobs.suspect(blob);
    } catch (failure) {
      this.parts.logger.warn(
        { digest: blob.digest, err: failure },
        'could not have a damaged blob read again',
      );
    }
  }
}

const LOGGED = {
  'blob-damaged': 'the bytes of a blob are damaged in the object store',
  'dependency-unavailable': 'the bytes of a blob are damaged in the object store',
  'object-missing': 'the bytes of a blob are missing in the object store',
};

function setHeaders(response: ServerResponse, blob: Blob, download: Download): void {
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('ETag', `"${blob.digest}"`);
  response.setHeader('Last-Modified', blob.verifiedAt.toUTCString());
  response.setHeader(
    'Cache-Control',
    download.isPrivate === true ? 'private, no-store' : 'public, max-age=31536000, immutable',
  );
  response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Content-Disposition', `attachment; filename="${download.fileName}"`);
  response.setHeader('Repr-Digest', `sha-256=:${Buffer.from(hexOf(blob.digest), 'hex').toString('base64')}:`);
  response.setHeader('Content-Type', download.contentType);
}

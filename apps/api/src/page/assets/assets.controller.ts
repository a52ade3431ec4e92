import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { RouteNotFoundError } from '../../http/http.errors.js';
import { prefersGzip } from '../../surface/accepted-encoding.js';
import { Page } from '../page.decorator.js';
import { findAsset } from './page-assets.js';

/** The credential is not looked at: what is served depends on the name alone. */
@Page()
@Controller('assets')
@Access('unchecked')
export class AssetsController {
  /** While two releases run side by side, a page of one may ask the other for a file that it does not have. */
  @Get(':asset')
  get(@Param('asset') name: string, @Req() request: Request, @Res() response: Response): void {
    const asset = findAsset(name);
    if (asset === undefined) {
      throw new RouteNotFoundError();
    }
    const isCompressed = prefersGzip(request.get('Accept-Encoding'));
    const body = isCompressed ? asset.gzip : asset.plain;
    response.setHeader('Content-Type', asset.mediaType);
    response.setHeader('Cache-Control', 'public, max-age=31536000, immutable');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    response.setHeader('Vary', 'Accept-Encoding');
    if (isCompressed) {
      response.setHeader('Content-Encoding', 'gzip');
    }
    response.setHeader('Content-Length', body.length);
    response.status(200).end(body);
  }
}

import type { NextFunction, Request, Response } from 'express';

/**
 * Makes a segment of the path that is no percent-encoding of text mean its own characters. It still fits no grammar,
 * but it reaches its route, so that the caller learns in the usual order what is wrong: first who may call at all.
 */
export function makePathReadable(request: Request, _response: Response, next: NextFunction): void {
  if (request.url.includes('%')) {
    const [path = '', ...query] = request.url.split('?');
    request.url = [path.split('/').map(readable).join('/'), ...query].join('?');
  }
  next();
}

function readable(segment: string): string {
  try {
    decodeURIComponent(segment);
    return segment;
  } catch {
    return segment.replaceAll('%', '%25');
  }
}

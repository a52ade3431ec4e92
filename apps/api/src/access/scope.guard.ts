import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { type Caller, ForbiddenError, mayWriteImage } from '@imgsrv/auth';
import { isSessionOf, UploadNotFoundError, type UploadSessionId } from '@imgsrv/cas';
import { ImageNotFoundError, PublishJobNotFoundError, Publishing } from '@imgsrv/catalog';
import { Database } from '@imgsrv/platform';
import type { Request } from 'express';
import { PATH_PARAMETERS } from '../http/path-parameters.js';
import { type AccessRule, findAccessRule } from './access.decorator.js';

/** Makes the one look like the other outside, and stay different in the log. */
const REFUSED = { cause: new ForbiddenError('content.write') };

/**
 * Keeps callers whose grant covers some images only away from everything else that routes for content-writers name in
 * their path: other images, publish jobs of other images, and the uploads of others. These look as if they were not
 * there. It looks at what the access guard let in, and asks the database only for such callers.
 */
@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly database: Database,
    private readonly publishing: Publishing,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = findAccessRule(this.reflector, context.getClass(), context.getHandler());
    const { user: caller, params } = context
      .switchToHttp()
      .getRequest<Request & { readonly user?: Caller }>();
    if (isOfContent(rule) && caller !== undefined && caller.imageScope !== 'all') {
      await this.requireCovered(caller, params);
    }
    return true;
  }

  private async requireCovered(caller: Caller, params: Request['params']): Promise<void> {
    const image = params['name'];
    if (image !== undefined && !mayWriteImage(caller, String(image))) {
      throw new ImageNotFoundError(REFUSED);
    }
    const uploadId = wellFormed(params, 'upload_id');
    if (
      uploadId !== undefined &&
      !(await isSessionOf(this.database, uploadId as UploadSessionId, caller.principalId))
    ) {
      throw new UploadNotFoundError(REFUSED);
    }
    const jobId = wellFormed(params, 'job_id');
    if (jobId !== undefined && !mayWriteImage(caller, await this.publishing.imageOf(jobId))) {
      throw new PublishJobNotFoundError(REFUSED);
    }
  }
}

function isOfContent(rule: AccessRule | undefined): boolean {
  return rule === 'content.write' || rule === 'content.withdraw';
}

/** What is not well formed is refused later, as for everybody. */
function wellFormed(params: Request['params'], name: 'upload_id' | 'job_id'): string | undefined {
  const value = params[name];
  return typeof value === 'string' && PATH_PARAMETERS[name].pattern.test(value) ? value : undefined;
}

import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from '@imgsrv/auth';

/** The caller that the access guard let in; undefined only where anonymous callers may come. */
export const CurrentCaller = createParamDecorator(
  (_options: undefined, context: ExecutionContext): Caller | undefined =>
    context.switchToHttp().getRequest<{ readonly user?: Caller }>().user,
);

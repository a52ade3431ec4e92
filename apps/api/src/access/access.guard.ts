import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { authorize, type Caller, UnauthenticatedError } from '@imgsrv/auth';
import type { Request } from 'express';
import { AuthenticationMetrics } from '../metrics/authentication-metrics.js';
import { actAs } from '../server/current-actor.js';
import { type AccessRule, findAccessRule } from './access.decorator.js';

/**
 * Lets a request in when the rule of its route says so: authentication first, then authorization, before anything of
 * the request is looked at. Throws UnauthenticatedError, ForbiddenError, NoMatchingRuleError, or DependencyUnavailableError when nobody can
 * tell who calls.
 */
@Injectable()
export class AccessGuard extends AuthGuard('bearer') {
  constructor(
    private readonly reflector: Reflector,
    private readonly metrics: AuthenticationMetrics,
  ) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.admit(context);
    return true;
  }

  /** Passport's verdict as one of our errors. A request without a usable credential has neither error nor caller. */
  override handleRequest<C>(error: unknown, caller: C | false | null): C {
    if (error instanceof Error) {
      throw error;
    }
    if (caller === false || caller === null) {
      throw new UnauthenticatedError('malformed');
    }
    return caller;
  }

  private async admit(context: ExecutionContext): Promise<void> {
    const rule = this.ruleOf(context);
    if (rule === 'unchecked') {
      return;
    }
    const request = context.switchToHttp().getRequest<Request & { readonly user?: Caller }>();
    if (request.headersDistinct.authorization === undefined && rule === 'anonymous') {
      return;
    }
    try {
      await this.identify(context, request, rule);
      this.metrics.ended(request.headers.authorization);
    } catch (error) {
      this.metrics.ended(request.headers.authorization, error);
      throw error;
    }
  }

  private async identify(
    context: ExecutionContext,
    request: Request & { readonly user?: Caller },
    rule: Exclude<AccessRule, 'unchecked'>,
  ): Promise<void> {
    if (request.headersDistinct.authorization === undefined) {
      throw new UnauthenticatedError('missing');
    }
    await super.canActivate(context);
    if (request.user !== undefined) {
      actAs(request.user);
    }
    if (rule !== 'anonymous' && rule !== 'authenticated') {
      authorize(request.user, rule);
    }
  }

  private ruleOf(context: ExecutionContext): AccessRule {
    const rule = findAccessRule(this.reflector, context.getClass(), context.getHandler());
    if (rule === undefined) {
      throw new Error(`${context.getClass().name}.${context.getHandler().name} has no access rule`);
    }
    return rule;
  }
}

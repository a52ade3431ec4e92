import { type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import { Authenticator, authorize, type Caller, UnauthenticatedError } from '@imgsrv/auth';
import type { Request, Response } from 'express';
import { AuthenticationMetrics } from '../metrics/authentication-metrics.js';
import { isPage } from '../page/page.decorator.js';
import { acceptSession, endSession, readSession } from '../page/session/session-cookie.js';
import { actAs, currentActor } from '../server/current-actor.js';
import { RouteNotFoundError } from '../http/http.errors.js';
import { type AccessRule, findAccessRule } from './access.decorator.js';
import { isBasic } from './basic-credential.js';
import { readLinkOf } from './read-link.js';

type IdentifiedRequest = Request & { user?: Caller };

/**
 * Lets a request in when the rule of its route says so: authentication first, then authorization, before anything of
 * the request is looked at. Throws UnauthenticatedError, ForbiddenError, NoMatchingRuleError, or DependencyUnavailableError when nobody can
 * tell who calls. A page also takes the session that its cookie holds; one that does not hold any more is ended, and who only
 * looks at what everybody may see goes on without it.
 */
@Injectable()
export class AccessGuard extends AuthGuard('bearer') {
  constructor(
    private readonly reflector: Reflector,
    private readonly metrics: AuthenticationMetrics,
    private readonly authenticator: Authenticator,
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
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    if (rule === 'anonymous' && request.headersDistinct.authorization !== undefined) {
      // What it is answered is for this caller, whatever becomes of the credential.
      context.switchToHttp().getResponse<Response>().vary('Authorization');
    }
    const link = readLinkOf(request);
    if (link !== undefined) {
      await this.admitByLink(context, request, rule, link);
      return;
    }
    const hasHeader = request.headersDistinct.authorization !== undefined;
    const session =
      hasHeader || !isPage(this.reflector, context.getClass()) ? undefined : readSession(request);
    if (!hasHeader && session === undefined && rule === 'anonymous') {
      return;
    }
    const credential = session === undefined ? request.headers.authorization : `Bearer ${session}`;
    try {
      await this.identify(context, request, rule, session);
      this.metrics.ended(credential);
    } catch (error) {
      this.metrics.ended(credential, error);
      if (session !== undefined && error instanceof UnauthenticatedError) {
        endSession(request, context.switchToHttp().getResponse<Response>());
        if (rule === 'anonymous') {
          return;
        }
      }
      throw error;
    }
  }

  /** A link shows what anonymous callers may ask for, but for pages, which are for sessions. */
  private async admitByLink(
    context: ExecutionContext,
    request: IdentifiedRequest,
    rule: AccessRule,
    link: string,
  ): Promise<void> {
    if (rule !== 'anonymous' || !isRead(request) || isPage(this.reflector, context.getClass())) {
      throw new RouteNotFoundError();
    }
    try {
      request.user = await this.authenticator.authenticateLink(link, currentActor().source);
      this.metrics.linkEnded();
    } catch (error) {
      this.metrics.linkEnded(error);
      throw error;
    }
    actAs(request.user);
  }

  private async identify(
    context: ExecutionContext,
    request: IdentifiedRequest,
    rule: Exclude<AccessRule, 'unchecked'>,
    session: string | undefined,
  ): Promise<void> {
    if (session !== undefined) {
      request.user = await this.authenticator.authenticate(session, currentActor().source);
      acceptSession(request, session);
    } else if (request.headersDistinct.authorization === undefined) {
      throw new UnauthenticatedError('missing');
    } else if (isBasic(request) && !isRead(request)) {
      throw new UnauthenticatedError('basic');
    } else {
      await super.canActivate(context);
    }
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

function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

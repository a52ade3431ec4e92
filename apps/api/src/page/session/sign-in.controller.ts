import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import { Authenticator, UnauthenticatedError } from '@imgsrv/auth';
import type { Request, Response } from 'express';
import { Access } from '../../access/access.decorator.js';
import { setLocation } from '../../http/links.js';
import { AuthenticationMetrics } from '../../metrics/authentication-metrics.js';
import { currentActor } from '../../server/current-actor.js';
import { sendPage } from '../layout/send-page.js';
import { Page } from '../page.decorator.js';
import { Form } from './form.interceptor.js';
import { SignInForm, SignInQuery } from './sign-in.dto.js';
import { signInPage } from './sign-in.view.js';
import { endSession, isSessionToken, startSession } from './session-cookie.js';

@Page()
@Controller()
@Access('anonymous')
export class SignInController {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly metrics: AuthenticationMetrics,
  ) {}

  @Get('sign-in')
  async show(
    @Query() { next }: SignInQuery,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await sendPage(request, response, signInPage(next));
  }

  /** Failures count as those of any other request do, and the audit log has them. */
  @Post('sign-in')
  @Form()
  async signIn(
    @Body() { token, next }: SignInForm,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const presented = token?.trim() ?? '';
    try {
      await this.authenticate(presented);
      this.metrics.ended(`Bearer ${presented}`);
    } catch (error) {
      this.metrics.ended(`Bearer ${presented}`, error);
      throw error;
    }
    startSession(request, response, presented);
    setLocation(response, next ?? '/');
  }

  /** The token stays good: whoever wants it gone revokes it. */
  @Post('sign-out')
  @Form()
  signOut(@Req() request: Request, @Res({ passthrough: true }) response: Response): void {
    endSession(request, response);
    setLocation(response, '/');
  }

  private async authenticate(presented: string): Promise<void> {
    if (!isSessionToken(presented)) {
      throw new UnauthenticatedError(presented === '' ? 'missing' : 'malformed');
    }
    await this.authenticator.authenticate(presented, currentActor().source);
  }
}

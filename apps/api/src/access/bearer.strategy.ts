import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Authenticator, type Caller } from '@imgsrv/auth';
import type { Request } from 'express';
import { Strategy } from 'passport-http-bearer';
import { credentialOf } from './credential.js';
import { currentActor } from '../server/current-actor.js';

/**
 * Passport's bearer scheme, reduced to the one place where credentials may be, the Authorization header. Clients that only know
 * Basic send them as its password.
 */
@Injectable()
export class BearerStrategy extends PassportStrategy(Strategy, 'bearer') {
  constructor(private readonly authenticator: Authenticator) {
    super();
  }

  /** Hides `access_token` in a query or form (RFC 6750, 2.2 and 2.3): URLs end up in logs and histories. */
  override authenticate(request: Request): void {
    const credential = credentialOf(request.headersDistinct.authorization);
    // What the scheme looks at, and no more. Not an heir of the request: V8 is slow with objects that others inherit from.
    const headerOnly: Pick<Request, 'headers' | 'query' | 'body'> = {
      headers: credential === undefined ? {} : { authorization: `Bearer ${credential}` },
      query: {},
      body: {},
    };
    super.authenticate(headerOnly as Request);
  }

  validate(credential: string): Promise<Caller> {
    return this.authenticator.authenticate(credential, currentActor().source);
  }
}

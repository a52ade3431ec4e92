import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  HttpCode,
  Inject,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { Config } from '@imgsrv/platform';
import type { Request, Response } from 'express';
import type { Observable } from 'rxjs';
import { CONFIG } from '../../foundation.module.js';
import { hasBody } from '../../http/has-body.js';
import { InvalidRequestError, UnsupportedMediaTypeError } from '../../http/http.errors.js';
import { readBody, StreamedBody } from '../../http/json-body.interceptor.js';
import { findUnstorableTexts } from '../../http/unstorable-text.js';
import { ForgedFormError } from './form.errors.js';
import { FORM_TOKEN, isFormTokenOf } from './form-token.js';
import { isFromOwnPage } from './own-origin.js';
import { acceptedSession } from './session-cookie.js';

const LIMIT_BYTES = 64 * 1024;

/**
 * Takes the forms of pages, and only these: from a page of this service, and with the token of the session if there is one. A
 * request with an Authorization header needs neither, because no browser sends that by itself. Empty fields are absent.
 */
@Injectable()
class FormInterceptor implements NestInterceptor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const hasHeader = request.headersDistinct.authorization !== undefined;
    if (!hasHeader && !isFromOwnPage(request.headers, this.config.publicUrl)) {
      throw new ForgedFormError('origin');
    }
    const { [FORM_TOKEN]: formToken, ...fields } = await this.readFields(request, http.getResponse());
    const session = acceptedSession(request);
    if (session !== undefined && !isFormTokenOf(session, formToken)) {
      throw new ForgedFormError('token');
    }
    const [first, ...others] = findUnstorableTexts(fields);
    if (first !== undefined) {
      throw InvalidRequestError.of(first, ...others);
    }
    request.body = fields;
    return next.handle();
  }

  private async readFields(request: Request, response: Response): Promise<Record<string, string>> {
    if (!hasBody(request)) {
      return {};
    }
    if (request.is('application/x-www-form-urlencoded') === false) {
      throw new UnsupportedMediaTypeError('The body must be a form.');
    }
    const body = await readBody(request, response, this.config.slowClients.body, LIMIT_BYTES);
    const fields = [...new URLSearchParams(body.toString('utf8'))];
    // Browsers send line breaks as CRLF.
    return Object.fromEntries(
      fields
        .filter(([, value]) => value !== '')
        .map(([name, value]) => [name, value.replaceAll('\r\n', '\n')]),
    );
  }
}

/** A route that a form of a page is sent to; it answers with the way to another page. */
export const Form = (): MethodDecorator =>
  applyDecorators(HttpCode(303), StreamedBody(), UseInterceptors(FormInterceptor));

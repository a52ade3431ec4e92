import type { Caller } from '@imgsrv/auth';
import type { Request } from 'express';
import { publicPath, publicUrlOf } from '../../http/links.js';
import type { Html } from '../html.js';
import { formTokenOf } from '../session/form-token.js';
import { acceptedSession } from '../session/session-cookie.js';

/** What every page knows of the request that it answers. */
export interface PageContext {
  readonly caller?: Caller;
  /** For the forms of a session; absent where nobody is signed in. */
  readonly formToken?: string;
  /** As the service routes it, without the query. */
  readonly path: string;
  readonly publicUrl?: string;
  /** What a browser has to ask for to reach a path. */
  readonly link: (path: string) => string;
}

export interface PageContent {
  readonly title: string;
  readonly body: Html;
  /** Something on it is under way: without a script it loads itself again. */
  readonly isUnderWay?: boolean;
}

/** A page, as far as its request does not decide. */
export type View = (context: PageContext) => PageContent;

export function pageContext(request: Request): PageContext {
  const { user: caller } = request as Request & { readonly user?: Caller };
  const session = acceptedSession(request);
  const publicUrl = publicUrlOf(request.app);
  return {
    ...(caller === undefined ? {} : { caller }),
    ...(session === undefined ? {} : { formToken: formTokenOf(session) }),
    path: request.path,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    link: (path) => publicPath(request.app, path),
  };
}

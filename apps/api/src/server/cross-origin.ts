import type { IncomingMessage } from 'node:http';
import cors from 'cors';
import type { DeclaredRoutes } from '../access/declared-routes.js';
import { pathOf, type Step } from './frame.js';

/** What is sent along to read: conditions and ranges, but no credential. */
const ASKED = [
  'Accept',
  'If-Match',
  'If-Modified-Since',
  'If-None-Match',
  'If-Range',
  'If-Unmodified-Since',
  'Range',
  'X-Request-ID',
];
const EXPOSED = [
  'Content-Length',
  'Content-Range',
  'ETag',
  'Link',
  'Repr-Digest',
  'Retry-After',
  'X-Request-ID',
];
const EXPOSED_LIST = EXPOSED.join(',');
const DAY_S = 86_400;

/**
 * Lets web pages of any origin read what anybody may read of the API, and nothing else: `*` never goes with credentials, and a
 * preflight does not allow to send one (https://fetch.spec.whatwg.org/#http-cors-protocol).
 */
export function allowCrossOriginReads(routes: DeclaredRoutes): Step {
  let isAnonymousRead: ((path: string) => boolean) | undefined;
  const isRead = (request: IncomingMessage, method: string | undefined): boolean => {
    isAnonymousRead ??= pathMatcher(routes);
    return (method === 'GET' || method === 'HEAD') && isAnonymousRead(pathOf(request));
  };
  const answerPreflight = cors<IncomingMessage>((request, decide) => {
    const wanted = request.headers['access-control-request-method'];
    decide(null, isRead(request, wanted) ? READS : { origin: false });
  });
  return (request, response, next) => {
    if (request.method === 'OPTIONS') {
      answerPreflight(request, response, () => {
        next();
      });
      return;
    }
    if (isRead(request, request.method)) {
      response.setHeader('Access-Control-Allow-Origin', READS.origin);
      response.setHeader('Access-Control-Expose-Headers', EXPOSED_LIST);
    }
    next();
  };
}

const READS = {
  origin: '*',
  methods: ['GET', 'HEAD'],
  allowedHeaders: ASKED,
  exposedHeaders: EXPOSED,
  maxAge: DAY_S,
};

function pathMatcher(routes: DeclaredRoutes): (path: string) => boolean {
  const paths = routes
    .list()
    .filter(({ method, rule, isPage }) => method === 'GET' && rule === 'anonymous' && !isPage)
    .map(({ path }) => path);
  const fixed = new Set(paths.filter((path) => !path.includes(':')));
  const patterns = paths
    .filter((path) => path.includes(':'))
    .map((path) => path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[^/]+'));
  const others = new RegExp(`^(?:${patterns.join('|')})$`);
  return (path) => fixed.has(path) || others.test(path);
}

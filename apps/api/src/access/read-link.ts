import type { IncomingMessage, RequestListener } from 'node:http';

const tokens = new WeakMap<IncomingMessage, string>();

/** `/t/<token>/…`: the rest is what is asked for. */
const LINKED = /^\/t\/([^/?]*)(\/[^?]*)?/;

/**
 * Takes the token of a read link out of the path before anything else sees the request, so that no log, trace, metric or error
 * can have it.
 */
export function takeReadLinks(listener: RequestListener): RequestListener {
  return (request, response) => {
    const [prefix, token, path] = LINKED.exec(request.url ?? '') ?? [];
    if (prefix !== undefined && token !== undefined) {
      tokens.set(request, token);
      request.url = `${path ?? '/'}${request.url?.slice(prefix.length) ?? ''}`;
    }
    listener(request, response);
  };
}

/** The token of the link by which a request came, whatever it is worth. */
export function readLinkOf(request: IncomingMessage): string | undefined {
  return tokens.get(request);
}

/** What the paths begin with that the holder of the link may follow. */
export function linkPrefix(request: IncomingMessage): string {
  const token = readLinkOf(request);
  return token === undefined ? '' : `/t/${token}`;
}

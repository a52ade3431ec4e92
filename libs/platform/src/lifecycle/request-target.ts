import type { IncomingMessage } from 'node:http';

type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'headersDistinct'>;

/** `uri-host [ ":" port ]` of RFC 9110, 7.2, by its characters. */
const HOST = /^[A-Za-z0-9._~!$&'()*+,;=%:[\]-]*$/;

/**
 * Why nobody can say what a well-formed request is for, as a sentence for the caller; undefined when it is clear
 * (RFC 9112, 3.2). Proxies and we might understand such a request differently.
 */
export function findTargetFault(request: RequestHead): string | undefined {
  const hosts = request.headersDistinct.host ?? [];
  if (hosts.length > 1) {
    return 'The request has more than one Host.';
  }
  if (hosts.length === 0 && request.httpVersion !== '1.0') {
    return 'The request has no Host.';
  }
  if (!HOST.test(hosts[0] ?? '')) {
    return 'The Host of the request is none.';
  }
  const target = request.url ?? '';
  const isForAll = request.method === 'OPTIONS' && target === '*';
  return isForAll || /^(?:\/|https?:\/\/[^/])/i.test(target)
    ? undefined
    : 'The target of the request is no path.';
}

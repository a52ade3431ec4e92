import type { IncomingMessage } from 'node:http';

type RequestHead = Pick<IncomingMessage, 'method' | 'url' | 'httpVersion' | 'rawHeaders'>;

/** `uri-host [ ":" port ]` of RFC 9110, 7.2, by its characters. */
const HOST = /^[A-Za-z0-9._~!$&'()*+,;=%:[\]-]*$/;

/**
 * Why nobody can say what a well-formed request is for, as a sentence for the caller; undefined when it is clear
 * (RFC 9112, 3.2). Proxies and we might understand such a request differently.
 */
export function findTargetFault(request: RequestHead): string | undefined {
  const hosts = hostsOf(request.rawHeaders);
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

/** Looked for in the header as it came: to sort all of its fields would cost every request more. */
function hostsOf(rawHeaders: readonly string[]): readonly string[] {
  const hosts: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[at + 1] ?? '');
  }
  return hosts;
}

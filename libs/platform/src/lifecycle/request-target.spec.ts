import { findTargetFault } from './request-target.js';

it.each<[string, readonly string[], string | undefined]>([
  ['GET /', ['x'], undefined],
  ['GET /a?b', ['x:8080'], undefined],
  ['GET /a', ['[::1]:8080'], undefined],
  ['GET /a', [''], undefined],
  ['GET http://x/a', ['x'], undefined],
  ['OPTIONS *', ['x'], undefined],
  ['GET /a 1.0', [], undefined],
  ['GET /a', [], 'no Host'],
  ['GET /a', ['x', 'x'], 'more than one Host'],
  ['GET /a 1.0', ['x', 'y'], 'more than one Host'],
  ['GET /a', ['a b'], 'Host of the request is none'],
  ['GET /a', ['x/y'], 'Host of the request is none'],
  ['GET /a', ['user@x'], 'Host of the request is none'],
  ['GET *', ['x'], 'no path'],
  ['GET x:443', ['x'], 'no path'],
  ['GET ftp://x/a', ['x'], 'no path'],
  ['GET http:///a', ['x'], 'no path'],
])('%s of %j', (line, hosts, fault) => {
  const [method = '', url = '', httpVersion = '1.1'] = line.split(' ');
  const rawHeaders = ['Accept', 'Host', ...hosts.flatMap((host, at) => [at === 0 ? 'Host' : 'hOST', host])];
  const found = findTargetFault({ method, url, httpVersion, rawHeaders });
  expect(fault === undefined ? found : found?.includes(fault)).toBe(fault === undefined ? undefined : true);
});

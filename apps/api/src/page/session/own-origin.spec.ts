import { isFromOwnPage } from './own-origin.js';

const HOST = 'images.example:8443';
const OWN = `https://${HOST}`;

it.each([
  ['says same-origin', { 'sec-fetch-site': 'same-origin' }, true],
  ['names the host', { origin: OWN }, true],
  ['says both', { 'sec-fetch-site': 'same-origin', origin: OWN }, true],
  ['names the public URL', { origin: 'https://public.example' }, true],
  ['says nothing', {}, false],
  ['comes from a site beside', { 'sec-fetch-site': 'same-site', origin: OWN }, false],
  ['comes from another site', { 'sec-fetch-site': 'cross-site' }, false],
  ['was typed in', { 'sec-fetch-site': 'none' }, false],
  ['names another origin', { origin: 'https://evil.example' }, false],
  ['names another port', { origin: 'https://images.example' }, false],
  ['names no origin', { origin: 'null' }, false],
  ['contradicts itself', { 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' }, false],
])('a request that %s', (_what, headers, isOwn) => {
  expect(isFromOwnPage({ host: HOST, ...headers }, 'https://public.example/images')).toBe(isOwn);
});

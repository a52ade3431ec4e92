import { type AddressInfo, createServer } from 'node:net';
import { createIssuerFetch, type IssuerFetch } from '../../libs/auth/src/oidc/issuer/issuer-fetch.js';
import { describeWith } from '../fixtures/requirement.js';
import { freePort } from '../support/free-port.js';
import { setProxyVariables, Tinyproxy } from '../support/tinyproxy.js';
import { ScriptedIssuer } from './scripted-issuer.js';

let issuer: ScriptedIssuer;
let proxy: Tinyproxy;
let restore: (() => void) | undefined;

function fetchWith(privateHosts: readonly string[], timeoutMs = 5000): IssuerFetch {
  return createIssuerFetch({ privateHosts, httpHosts: [], extraCertificates: issuer.ca, timeoutMs });
}

function proxied(values: Readonly<Record<string, string>>): void {
  restore?.();
  restore = setProxyVariables(values);
}

const keysUrl = (): string => `${issuer.url}/jwks`;
const port = (): string => new URL(issuer.url).port;

describeWith('tinyproxy', 'an issuer behind a proxy', () => {
  beforeAll(async () => {
    issuer = await ScriptedIssuer.start();
    proxy = await Tinyproxy.start();
  });
  beforeEach(() => {
    issuer.reset();
    proxy.takeTargets();
  });
  afterEach(() => {
    restore?.();
    restore = undefined;
  });
  afterAll(async () => {
    await Promise.all([proxy.stop(), issuer.close()]);
  });

  it.each(['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'])('is read through %s', async (name) => {
    proxied({ [name]: proxy.url });
    const answer = await fetchWith(['127.0.0.1'])(keysUrl());
    expect(await answer.json()).toEqual({ keys: issuer.keys });
    expect(proxy.takeTargets()).toEqual([`127.0.0.1:${port()}`]);
  });

  it.each([
    ['no_proxy', '127.0.0.1'],
    ['NO_PROXY', 'elsewhere.example, 127.0.0.1'],
    ['no_proxy', '127.0.0.0/8'],
    ['no_proxy', '*'],
  ])('is read directly when %s is %s', async (name, value) => {
    proxied({ https_proxy: proxy.url, [name]: value });
    await fetchWith(['127.0.0.1'])(keysUrl());
    expect(proxy.takeTargets()).toEqual([]);
    expect(issuer.requests).toEqual(['/jwks']);
  });

  it.each([
    ['another network', '10.0.0.0/8'],
    ['a name that only ends like it', '0.0.1'],
    ['what is no network', '127.0.0.1/nonsense'],
    ['another port', '127.0.0.1:1'],
  ])('is read through the proxy when no_proxy names %s', async (_what, value) => {
    proxied({ https_proxy: proxy.url, no_proxy: value });
    await fetchWith(['127.0.0.1'])(keysUrl());
    expect(proxy.takeTargets()).toHaveLength(1);
  });

  it('is compared with its own certificate, not with that of the proxy', async () => {
    proxied({ https_proxy: proxy.url });
    const distrustful = createIssuerFetch({ privateHosts: ['127.0.0.1'], httpHosts: [] });
    await expect(distrustful(keysUrl())).rejects.toThrow(/self-signed certificate/);
  });

  it.each([
    ['an address', () => keysUrl()],
    ['a name', () => `https://localhost:${port()}/jwks`],
    ['an address in another notation', () => `https://2130706433:${port()}/jwks`],
  ])('is not asked for when it is known to be private: %s', async (_what, url) => {
    proxied({ https_proxy: proxy.url });
    await expect(fetchWith([])(url())).rejects.toThrow('its address is not a public one');
    expect(proxy.takeTargets()).toEqual([]);
    expect(issuer.requests).toEqual([]);
  });

  it('is no way around the addresses that are refused without a proxy', async () => {
    proxied({ https_proxy: proxy.url, no_proxy: '127.0.0.1,localhost' });
    await expect(fetchWith([])(keysUrl())).rejects.toThrow('its address is not a public one');
    await expect(fetchWith([])(`https://localhost:${port()}/`)).rejects.toThrow('not a public one');
    expect(issuer.requests).toEqual([]);
  });

  it('is left to the proxy when its name does not resolve here', async () => {
    proxied({ https_proxy: proxy.url });
    await expect(fetchWith([])('https://issuer.invalid/jwks')).rejects.toThrow('Bad response: ');
    expect(proxy.takeTargets()).toEqual(['issuer.invalid:443']);
  });

  it('that answers on behalf of the issuer is not believed', async () => {
    proxied({ https_proxy: `http://${proxy.address}` });
    await expect(fetchWith(['127.0.0.1'])(keysUrl())).rejects.toThrow('Bad response: 407');
  });

  it('that is away is said, quickly', async () => {
    proxied({ https_proxy: `http://127.0.0.1:${await freePort()}` });
    await expect(fetchWith(['127.0.0.1'])(keysUrl())).rejects.toThrow('ECONNREFUSED');
  });

  it('that never answers is waited for no longer than an issuer, and its connection is not kept', async () => {
    const silent = createServer((socket) => {
      socket.on('error', () => undefined).resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    proxied({ https_proxy: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
    await expect(fetchWith(['127.0.0.1'], 300)(keysUrl())).rejects.toThrow(/took too long|timeout/);
    // Resolves once no connection is left, and nobody but the fetch ends that one.
    await new Promise((resolve) => silent.close(resolve));
  });
});

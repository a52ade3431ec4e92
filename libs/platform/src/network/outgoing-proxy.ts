import type { Agent as HttpAgent, AgentOptions } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { HttpProxyAgent, HttpsProxyAgent } from 'hpagent';
import { getProxyForUrl } from 'proxy-from-env';
import { InvalidSettingError } from '../config/invalid-setting.error.js';
import { readNoProxy } from '../config/no-proxy.js';
import { isNetworkList, networkMatcher } from './networks.js';

const PROXY_VARIABLES = ['https_proxy', 'http_proxy', 'all_proxy'] as const;

/** Agents that reach what they are asked for through a tunnel (CONNECT), for either scheme. */
export interface TunnelAgents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/**
 * The way to `url` through the proxy that the environment names in the variables that curl knows, in lower or upper case:
 * `https_proxy`, `http_proxy`, `all_proxy` and `no_proxy`. Undefined: it is asked directly. Plain http takes a tunnel
 * too, so that no answer of the proxy is taken for one of the other side. `timeout` bounds the wait for the proxy.
 */
export function tunnelTo(
  url: URL,
  options: AgentOptions & { readonly timeout: number },
): TunnelAgents | undefined {
  const proxy = isBypassed(url, readNoProxy()) ? '' : getProxyForUrl(url.href);
  return proxy === ''
    ? undefined
    : { http: new HttpProxyAgent({ ...options, proxy }), https: new HttpsProxyAgent({ ...options, proxy }) };
}

/** Throws InvalidSettingError, which shows no value as that may hold a password, for a variable that names no proxy. */
export function requireUsableProxies(environment: NodeJS.ProcessEnv): void {
  for (const name of PROXY_VARIABLES.flatMap((lower) => [lower, lower.toUpperCase()])) {
    const value = environment[name] ?? '';
    // The library would take a proxy without a scheme for one that speaks the scheme of what is asked.
    if (value !== '' && !(/^https?:\/\//i.test(value) && URL.canParse(value))) {
      throw new InvalidSettingError(`${name} must be the URL of a proxy, such as http://proxy.example:3128.`);
    }
  }
}

/** What curl understands in `no_proxy` besides what the library does: the names below a name, and networks. */
function isBypassed({ hostname }: URL, noProxy: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      if (entry.includes('/')) return isNetworkList([entry]) && networkMatcher([entry])(host);
      return /^[a-z]/.test(entry) && host.endsWith(`.${entry}`);
    });
}

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export interface ClientAddress {
  /** Undefined when the connection is gone already. */
  readonly address: string | undefined;
  /** A trusted proxy that names no address before it; `address` is its own then. */
  readonly isUnreadable: boolean;
}

/** Says whether an address, the `hop`th from here, is a proxy that is believed. */
export type TrustsProxy = (address: string, hop: number) => boolean;

const WITH_PORT = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::\d{1,5})?$/i;

/**
 * Where a request comes from: the connection, or what trusted proxies tell in `X-Forwarded-For`, nearest first, up to
 * the first that is not trusted.
 */
export function findClientAddress({ socket, headers }: IncomingMessage, trusts: TrustsProxy): ClientAddress {
  const forwarded = headers['x-forwarded-for'];
  const hops = typeof forwarded === 'string' && forwarded !== '' ? forwarded.split(',').reverse() : [];
  let address = socket.remoteAddress;
  for (const [index, hop] of hops.entries()) {
    if (address === undefined || !trusts(address, index)) {
      break;
    }
    const before = parseForwardedAddress(hop);
    if (before === undefined) {
      return { address, isUnreadable: true };
    }
    address = before;
  }
  return { address, isUnreadable: false };
}

/**
 * The IP address in one entry of `X-Forwarded-For`, also as Azure and IIS write it: `203.0.113.7:51231`,
 * `[2001:db8::1]:443`. Undefined for anything else.
 */
export function parseForwardedAddress(entry: string): string | undefined {
  const text = entry.trim();
  const [, ipv6, ipv4] = WITH_PORT.exec(text) ?? [];
  const address = ipv6 ?? ipv4 ?? text;
  return isIP(address) === 0 || (ipv6 !== undefined && isIP(ipv6) !== 6) ? undefined : address;
}

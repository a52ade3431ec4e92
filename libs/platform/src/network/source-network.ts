import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

const IPV6_NETWORK_PARTS = 4;
/** Addresses that asked lately, some 200 bytes each. */
const MOST_KNOWN = 1000;
const known = new LRUCache<string, string>({ max: MOST_KNOWN });

/**
 * What counts as one source: an IPv4 address, or the /64 of an IPv6 address, which one subscriber has to himself
 * (RFC 6177). Anything that is no address stands for itself.
 */
export function sourceNetwork(address: string): string {
  const before = known.get(address);
  if (before !== undefined) {
    return before;
  }
  const network = networkOf(address);
  known.set(address, network);
  return network;
}

function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) {
    return address;
  }
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv6
    ? `${parsed.parts.slice(0, IPV6_NETWORK_PARTS).map(hex).join(':')}::/64`
    : parsed.toString();
}

function hex(part: number): string {
  return part.toString(16);
}

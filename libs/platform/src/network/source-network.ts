import ipaddr from 'ipaddr.js';

const IPV6_NETWORK_PARTS = 4;

/**
 * What counts as one source: an IPv4 address, or the /64 of an IPv6 address, which one subscriber has to himself
 * (RFC 6177). Anything that is no address stands for itself.
 */
export function sourceNetwork(address: string): string {
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

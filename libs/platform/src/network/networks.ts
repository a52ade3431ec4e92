import ipaddr from 'ipaddr.js';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Tells whether an address is one of `networks`, which are addresses and CIDR networks as `--trusted-proxies` has them. */
export function networkMatcher(networks: readonly string[]): (address: string) => boolean {
  const parsed = networks.map(parseNetwork);
  return (address) => {
    if (parsed.length === 0 || !ipaddr.isValid(address)) {
      return false;
    }
    const found = ipaddr.process(address);
    return parsed.some(([network, bits]) => found.kind() === network.kind() && found.match([network, bits]));
  };
}

/** Says whether all of them are addresses or CIDR networks. */
export function isNetworkList(networks: readonly string[]): boolean {
  return networks.every((network) => ipaddr.isValid(network) || ipaddr.isValidCIDR(network));
}

function parseNetwork(text: string): Network {
  if (ipaddr.isValidCIDR(text)) {
    return ipaddr.parseCIDR(text);
  }
  const address = ipaddr.process(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { lookup as lookUp } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';

/** The host has no address that may be connected to. */
class AddressNotAllowedError extends Error {}

/**
 * All that IANA has for public use. Other IPv6 addresses are reserved, or were, such as those with an IPv4 address at
 * the end (`::7f00:1`), which a gateway may still translate.
 */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Says whether an IP address is a public one; an IPv4 address inside an IPv6 one counts as itself. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) {
    return false;
  }
  const parsed = ipaddr.process(address);
  const isGlobal = parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6);
  return isGlobal && parsed.range() === 'unicast';
}

/**
 * Throws AddressNotAllowedError for a host that is an IP address and not a public one. The system asks no resolver for
 * these, so `publicLookup` never sees them.
 */
export function requirePublicLiteral(hostname: string): void {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (isIP(literal) !== 0 && !isPublicAddress(literal)) {
    throw new AddressNotAllowedError('its address is not a public one');
  }
}

/**
 * Resolves a name for the very connection that is being made, and hides every address that is not public: no second
 * resolution could say something else (DNS rebinding).
 */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  const all: LookupAllOptions = { ...options, all: true };
  lookup(hostname, all, (error, addresses) => {
    const [first, ...others] =
      error === null ? addresses.filter(({ address }) => isPublicAddress(address)) : [];
    if (first === undefined) {
      callback(error ?? new AddressNotAllowedError('its address is not a public one'), []);
    } else if (options.all === true) {
      callback(null, [first, ...others] satisfies LookupAddress[]);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

/** A network behind a proxy may have a resolver that knows nothing of the outside, or none. */
const RESOLVER_PATIENCE_MS = 1000;

/**
 * For a name that a proxy resolves: throws AddressNotAllowedError when it has an address that is not public, as far as
 * it resolves here. What the proxy finds under that name only the proxy can judge.
 */
export async function requirePublicWhereKnown(hostname: string): Promise<void> {
  const known = await Promise.race([
    lookUp(hostname, { all: true }).catch(() => []),
    delay(RESOLVER_PATIENCE_MS, [], { ref: false }),
  ]);
  if (!known.every(({ address }) => isPublicAddress(address))) {
    throw new AddressNotAllowedError('its address is not a public one');
  }
}

import { lookup as resolve } from "node:dns";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";

/** Public addresses at which clouds tell a machine its secrets; the others of their kind are link-local, private or reserved. */
const METADATA: readonly string[] = ["168.63.129.16"];

/** Whether an address is one of the open internet, and not of this machine, its network, or a service of its host. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address); // an IPv4 address in IPv6's clothes is looked at as itself
  return parsed.range() === "unicast" && !METADATA.includes(parsed.toString());
}

/** The address that a URL names instead of a host; null if it names a host. */
export function literalOf({ hostname }: URL): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(bare) ? bare : null;
}

/** Why a host is not asked. */
export class RefusedAddress extends Error {
  constructor(host: string, address: string) {
    super(`${host} is at ${address}, which is not an address of the open internet`);
  }
}

/**
 * A lookup that gives only public addresses, for the very connection that asks: what is checked is what is connected to. A host that
 * has another one as well is refused.
 */
export function publicLookup(resolver: typeof resolve = resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolver(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, "");
      const all = found;
      const refused = all.find(({ address }) => !isPublic(address));
      const [first] = all;
      if (refused !== undefined) return callback(new RefusedAddress(hostname, refused.address), "");
      if (first === undefined) return callback(new Error(`${hostname} has no address`), "");
      if (options.all) callback(null, all);
      else callback(null, first.address, first.family);
    });
  };
}

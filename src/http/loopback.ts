import { clientAddress } from "./client-address.js";

/** Of this machine, by a peer's address. */
export function isLoopback(address: string | undefined): boolean {
  const ip = clientAddress(address);
  return ip === "::1" || ip?.startsWith("127.") === true;
}

const localName = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i;

/** Of this machine, by a name as URLs have it: IPv6 in brackets, no port. */
export const isLocalName = (hostname: string): boolean => localName.test(hostname);

import { isIP } from "node:net";

/** Of this machine, by a peer's address. */
export function isLoopback(address = ""): boolean {
  const ip = address.replace(/^::ffff:(?=\d)/i, "");
  return ip === "::1" || (isIP(ip) === 4 && ip.startsWith("127."));
}

const localName = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/i;

/** Of this machine, by a name as URLs have it: IPv6 in brackets, no port. */
export const isLocalName = (hostname: string): boolean => localName.test(hostname);

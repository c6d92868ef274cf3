import { isIPv6 } from "node:net";

/** Whoever has one IPv6 address has the 2^64 of its network (RFC 6177, RFC 7707). */
const networkGroups = 4;

/** Eight groups. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const split = (text = "") => (text === "" ? [] : text.split(":"));
  const [before, after] = [split(head), split(tail)];
  // The last 32 bits may be written as IPv4; they are none of the network.
  const width = [...before, ...after].reduce((n, group) => n + (group.includes(".") ? 2 : 1), 0);
  const zeros = tail === undefined ? 0 : 8 - width;
  return [...before, ...Array<string>(zeros).fill("0"), ...after];
}

/**
 * By what one client is told from another: IPv4 by the address, IPv6 by its /64.
 * @param ip as `clientAddress` writes it: IPv4 as IPv4, IPv6 in its one spelling; null where
 *   none is known, all of whom count as one
 */
export function clientNetwork(ip: string | null): string {
  if (ip === null) return "unknown";
  if (!isIPv6(ip)) return ip;
  return `${groupsOf(ip).slice(0, networkGroups).join(":")}::/64`;
}

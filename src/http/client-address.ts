import { isIP, SocketAddress } from "node:net";

/** IPv4 that came over IPv6 (RFC 4291 section 2.5.5.2), as `canonical` writes it. */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/;

/** Some proxies write the port too: 192.0.2.1:4711, [2001:db8::1]:4711. */
const withPort = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/;

/** The one spelling of an IPv6 address (RFC 5952). */
const canonical = (address: string) => new SocketAddress({ address, family: "ipv6" }).address;

/**
 * The address as it is stored and shown: without port and zone, IPv4 as IPv4. Null for what is no
 * address, such as the `unknown` of a proxy that will not say.
 *
 * @param ip `request.ip`: the peer, or what a proxy of `TRUST_PROXY` says
 */
export function clientAddress(ip: string | undefined): string | null {
  const [, bracketed, plain] = withPort.exec(ip ?? "") ?? [];
  const [address = ""] = (bracketed ?? plain ?? ip ?? "").split("%");
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6) return null;
  const written = canonical(address);
  return mapped.exec(written)?.[1] ?? written;
}

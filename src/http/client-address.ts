import { isIP } from "node:net";

/** IPv4 that came over IPv6 (RFC 4291 section 2.5.5.2). */
const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** Some proxies write the port too: 192.0.2.1:4711, [2001:db8::1]:4711. */
const withPort = /^(?:\[([^\]]+)\]|(\d+\.\d+\.\d+\.\d+))(?::\d+)?$/;

/**
 * The address as it is stored and shown: without port and zone, IPv4 as IPv4. Null for what is no
 * address, such as the `unknown` of a proxy that will not say.
 *
 * @param ip `request.ip`: the peer, or what a proxy of `TRUST_PROXY` says
 */
export function clientAddress(ip: string | undefined): string | null {
  const [, bracketed, plain] = withPort.exec(ip ?? "") ?? [];
  const [address = ""] = (bracketed ?? plain ?? ip ?? "").split("%");
  const shown = mapped.exec(address)?.[1] ?? address;
  return isIP(shown) === 0 ? null : shown.toLowerCase();
}

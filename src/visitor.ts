import type { Log } from "./log.js";

/** Who sends a request, as far as that is known before anybody signs in. */
export interface Visitor {
  /** By `TRUST_PROXY` alone; IPv4 in IPv6 form is written as IPv4. */
  ip: string | null;
  userAgent: string | null;
  /** Carries the request id. */
  log: Log;
}

import type { IncomingHttpHeaders } from "node:http";
import type { Config } from "../config.js";

/** Which pages may call us with credentials: our own and those of `CORS_ORIGINS`, exactly. */
export interface Origins {
  isAllowed(origin: string): boolean;
  /** Whether a request that carries or wants the cookie may be taken. */
  mayUseCookie(headers: IncomingHttpHeaders): boolean;
  /** Whether a WebSocket may be opened: CORS does not keep a page from it (RFC 6455 section 10.2). */
  mayOpenSocket(headers: IncomingHttpHeaders): boolean;
}

const hostedSandbox = "https://studio.apollographql.com";
const localhost = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

/**
 * SECURITY: what CSRF needs beside SameSite (OWASP CSRF Prevention Cheat Sheet: Fetch Metadata,
 * with Origin as the fallback). `Origin: null` is nobody's page. A request with neither header
 * comes from no browser, and so carries nobody else's cookie.
 */
export function createOrigins(config: Pick<Config, "publicUrl" | "corsOrigins">): Origins {
  const listed = new Set([config.publicUrl, ...(config.corsOrigins ?? [])]);
  const inDevelopment = config.corsOrigins === undefined;
  const isAllowed = (origin: string) =>
    listed.has(origin) || (inDevelopment && (origin === hostedSandbox || localhost.test(origin)));

  const isOurs = ({ origin, "sec-fetch-site": site }: IncomingHttpHeaders) => {
    if (origin !== undefined) return isAllowed(origin);
    return site === undefined || site === "same-origin" || site === "none";
  };
  return { isAllowed, mayUseCookie: isOurs, mayOpenSocket: isOurs };
}

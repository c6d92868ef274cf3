import type { preHandlerHookHandler } from "fastify";
import { AuthError } from "../errors/auth-error.js";
import type { RefreshCookie } from "../sessions/refresh-cookie.js";
import type { Origins } from "./origins.js";

/**
 * SECURITY: a request that carries the cookie is somebody's session, and only our own pages may send
 * one (OWASP ASVS 3.5.1).
 */
export const refuseForeignPages =
  (cookie: RefreshCookie, origins: Origins): preHandlerHookHandler =>
  (request, _reply, done) => {
    const carriesCookie = cookie.read(request) !== undefined;
    const isForeign =
      request.method === "POST" && carriesCookie && !origins.mayUseCookie(request.headers);
    done(isForeign ? new AuthError("FORBIDDEN") : undefined);
  };

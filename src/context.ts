import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller, Member } from "./caller.js";
import { AuthError, unauthenticated } from "./errors/auth-error.js";
import { clientAddress } from "./http/client-address.js";
import type { Origins } from "./http/origins.js";
import { bearer, identify, identifyByAsking } from "./identify.js";
import type { Services } from "./services.js";
import type { Announcement } from "./session-events/announcement.js";
import type { RefreshCookie } from "./sessions/refresh-cookie.js";
import { looksLikeRefreshToken } from "./sessions/refresh-token.js";
import { TokenTransport } from "./sessions/token-transport.js";
import type { Visitor } from "./visitor.js";

/** A refresh token, genuine or not, and the way on which it came. */
export interface PresentedToken {
  text: string;
  transport: TokenTransport;
}

/** What a resolver knows of the request: who is calling, with which refresh tokens. */
export interface RequestContext {
  services: Services;
  requestId: string;
  visitor: Visitor;
  /**
   * Who the bearer access token says is calling; decoded on the first call. No database read, but
   * for a replica that is deaf to revocations: it has asked before.
   * @throws where it could not be asked: nobody is let in unseen
   */
  caller(): Caller;
  /** @throws {AuthError} UNAUTHENTICATED with the reason */
  member(): Member;
  /** In the order in which they count: the argument, the cookie, the Authorization header. */
  presentedTokens(argument?: string | null): PresentedToken[];
  /** @throws {AuthError} FORBIDDEN for a page that may not have the cookie */
  setRefreshCookie(refreshToken: string, maxAgeSeconds: number): void;
  /** Where the request carried one. */
  clearRefreshCookie(): void;
  /** @throws {AuthError} FORBIDDEN for a page that may not have the cookie */
  requireCookieAllowed(): void;
}

const visitorOf = (request: FastifyRequest): Visitor => ({
  ip: clientAddress(request.ip),
  userAgent: request.headers["user-agent"] ?? null,
  log: request.log,
});

/** What a subscription knows: who was let in when the socket was opened, and only that. */
export interface StreamContext {
  services: Services;
  member(): Member;
  /** @throws {AuthError} UNAUTHENTICATED when the session is over; RATE_LIMITED for too many */
  listen(): AsyncIterableIterator<Announcement>;
}

/** Makes the context of each request; built once with what the service owns. */
export function createContextBuilder(parts: {
  services: Services;
  cookie: RefreshCookie;
  origins: Origins;
}) {
  const { services, cookie, origins } = parts;

  return async (request: FastifyRequest, reply: FastifyReply): Promise<RequestContext> => {
    const token = bearer(request.headers.authorization);
    let known: Caller | undefined;
    const inMemory = () => {
      known ??= identify(services, token);
      return known;
    };
    const caller = services.revocation.isHearing()
      ? inMemory
      : await identifyByAsking(services, token);
    const requireCookieAllowed = () => {
      if (!origins.mayUseCookie(request.headers)) throw new AuthError("FORBIDDEN");
    };

    return {
      services,
      requestId: request.id,
      visitor: visitorOf(request),
      caller,
      requireCookieAllowed,

      member() {
        const who = caller();
        if (who.kind === "member") return who;
        throw unauthenticated(who.kind === "refused" ? who.reason : "MISSING");
      },

      presentedTokens(argument) {
        const fromCookie = cookie.read(request);
        const fromHeader = token !== undefined && looksLikeRefreshToken(token) ? token : undefined;
        return [
          { text: argument, transport: TokenTransport.BODY },
          { text: fromCookie, transport: TokenTransport.COOKIE },
          { text: fromHeader, transport: TokenTransport.BODY },
        ].filter((presented): presented is PresentedToken => presented.text != null);
      },

      setRefreshCookie(refreshToken, maxAgeSeconds) {
        requireCookieAllowed();
        cookie.set(reply, refreshToken, maxAgeSeconds);
      },

      clearRefreshCookie() {
        if (cookie.read(request) !== undefined) cookie.clear(reply);
      },
    };
  };
}

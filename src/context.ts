import type { FastifyReply, FastifyRequest } from "fastify";
import type { Caller, Member } from "./caller.js";
import { AuthError, unauthenticated } from "./errors/auth-error.js";
import { clientAddress } from "./http/client-address.js";
import type { Origins } from "./http/origins.js";
import type { Services } from "./services.js";
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
  /** Who the bearer access token says is calling; decoded on the first call, no database read. */
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
  allowCookie(): void;
}

/** RFC 6750 section 2.1; undefined where there is no bearer, "" for one that is malformed. */
function bearer(authorization: string | undefined): string | undefined {
  const [scheme = "", ...rest] = (authorization ?? "").trim().split(/\s+/);
  if (scheme.toLowerCase() !== "bearer") return undefined;
  return rest.length === 1 ? rest[0] : "";
}

function identify({ accessTokens, endedSessions }: Services, token: string | undefined): Caller {
  if (token === undefined) return { kind: "visitor" };
  const verified = accessTokens.verify(token);
  if (!verified.ok) return { kind: "refused", reason: verified.reason };
  const { sub: userId, sid: sessionId } = verified.claims;
  if (endedSessions.has(sessionId)) return { kind: "refused", reason: "SESSION_ENDED" };
  return { kind: "member", userId, sessionId };
}

const visitorOf = (request: FastifyRequest): Visitor => ({
  ip: clientAddress(request.ip),
  userAgent: request.headers["user-agent"] ?? null,
  log: request.log,
});

/** Makes the context of each request; built once with what the service owns. */
export function createContextBuilder(parts: {
  services: Services;
  cookie: RefreshCookie;
  origins: Origins;
}) {
  const { services, cookie, origins } = parts;

  return (request: FastifyRequest, reply: FastifyReply): RequestContext => {
    const token = bearer(request.headers.authorization);
    let known: Caller | undefined;
    const caller = () => {
      known ??= identify(services, token);
      return known;
    };
    const allowCookie = () => {
      if (!origins.mayUseCookie(request.headers)) throw new AuthError("FORBIDDEN");
    };

    return {
      services,
      requestId: request.id,
      visitor: visitorOf(request),
      caller,
      allowCookie,

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
        allowCookie();
        cookie.set(reply, refreshToken, maxAgeSeconds);
      },

      clearRefreshCookie() {
        if (cookie.read(request) !== undefined) cookie.clear(reply);
      },
    };
  };
}

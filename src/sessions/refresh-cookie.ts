import type { CookieSerializeOptions } from "@fastify/cookie";
import type { FastifyReply, FastifyRequest } from "fastify";

/** The one cookie of Gatehouse: set and cleared side by side, with the same attributes. */
export interface RefreshCookie {
  readonly name: string;
  read(request: FastifyRequest): string | undefined;
  set(reply: FastifyReply, refreshToken: string, maxAgeSeconds: number): void;
  clear(reply: FastifyReply): void;
}

/**
 * Under https the `__Host-` prefix binds the cookie to this host alone (RFC 6265bis section
 * 4.1.3.2; OWASP ASVS 3.3.1 to 3.3.4). Plain http is for localhost, where browsers take no Secure.
 *
 * @param publicUrl `config.publicUrl`: a request cannot choose the rules
 */
export function createRefreshCookie(publicUrl: string): RefreshCookie {
  const secure = publicUrl.startsWith("https:");
  const name = secure ? "__Host-gatehouse_refresh" : "gatehouse_refresh";
  const attributes: CookieSerializeOptions = {
    path: "/",
    httpOnly: true,
    secure,
    sameSite: "strict",
  };
  return {
    name,
    read: (request) => request.cookies[name] || undefined,
    set(reply, refreshToken, maxAgeSeconds) {
      reply.setCookie(name, refreshToken, { ...attributes, maxAge: maxAgeSeconds });
    },
    clear(reply) {
      reply.setCookie(name, "", { ...attributes, maxAge: 0, expires: new Date(0) });
    },
  };
}

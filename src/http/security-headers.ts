import type { FastifyInstance } from "fastify";
import type { Config } from "../config.js";

/** Two years; browsers' preload lists ask for one (OWASP ASVS 3.4.1). */
const hstsSeconds = 63_072_000;

/**
 * On every answer, errors included (OWASP ASVS 3.4, HTTP Security Response Headers Cheat Sheet):
 * nothing may frame, sniff, run, open or refer. Nor does anything say which software answers.
 *
 * A table and no plugin: some answers are written where no hook of Fastify's runs.
 */
const always = {
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
  "x-xss-protection": "0",
};

/** What does not say itself that anybody may keep it is kept by nobody (OWASP ASVS 14.3.2). */
export const notToBeKept = "no-store";

export type SecurityHeaders = Readonly<Record<string, string>>;

/** HSTS is for https alone (RFC 6797 section 7.2). */
export const securityHeaders = ({ publicUrl }: Pick<Config, "publicUrl">): SecurityHeaders =>
  publicUrl.startsWith("https:")
    ? { ...always, "strict-transport-security": `max-age=${hstsSeconds}; includeSubDomains` }
    : always;

/** Sets them, an id to ask the log by, and the end of all caching. */
export function addSecurityHeaders(app: FastifyInstance, headers: SecurityHeaders): void {
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(headers).header("x-request-id", request.id);
    done();
  });
  app.addHook("onSend", (_request, reply, _payload, done) => {
    const said = String(reply.getHeader("cache-control"));
    if (!said.startsWith("public")) reply.header("cache-control", notToBeKept);
    done();
  });
}

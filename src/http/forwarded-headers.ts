import type { FastifyInstance } from "fastify";

/**
 * SECURITY: who may say for whom a request is, is told by `TRUST_PROXY` alone (OWASP ASVS 4.1.3).
 * Where a proxy was forgotten there, every client has the proxy's address: worth a line, but one,
 * because anybody can send the header.
 */
export function warnOfUnknownProxies(app: FastifyInstance): void {
  let warned = false;
  app.addHook("onRequest", (request, _reply, done) => {
    done();
    if (warned || request.headers["x-forwarded-for"] === undefined) return;
    // The peer alone: whoever is trusted has the client's address behind it.
    if ((request.ips?.length ?? 1) > 1) return;
    warned = true;
    request.log.warn(
      { event: "forwarded_header_ignored", peer: request.socket.remoteAddress },
      "X-Forwarded-For came from an address that TRUST_PROXY does not name: it is ignored, here and from now on",
    );
  });
}

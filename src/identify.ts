import type { Caller } from "./caller.js";
import type { Pass, Revoked } from "./revocation/standing.js";
import type { Services } from "./services.js";

/** RFC 6750 section 2.1; undefined where there is no bearer, "" for one that is malformed. */
export function bearer(authorization: string | undefined): string | undefined {
  const [scheme = "", ...rest] = (authorization ?? "").trim().split(/\s+/);
  if (scheme.toLowerCase() !== "bearer") return undefined;
  return rest.length === 1 ? rest[0] : "";
}

/** What a token is good for by itself, and what must still be so. */
function verify({ accessTokens }: Services, token: string | undefined): Caller | Pass {
  if (token === undefined) return { kind: "visitor" };
  const verified = accessTokens.verify(token);
  if (!verified.ok) return { kind: "refused", reason: verified.reason };
  const { sub: userId, sid: sessionId, role } = verified.claims;
  return { userId, sessionId, role };
}

const admit = ({ userId, sessionId }: Pass, revoked: Revoked | undefined): Caller =>
  revoked === undefined
    ? { kind: "member", userId, sessionId }
    : { kind: "refused", reason: revoked };

/** While this replica hears of revocations: no database is asked. */
export function identify(services: Services, token: string | undefined): Caller {
  const pass = verify(services, token);
  return "kind" in pass ? pass : admit(pass, services.revocation.revoked(pass));
}

/** The same on a replica that is deaf to revocations; how it went is told when it is wanted. */
export async function identifyByAsking(
  services: Services,
  token: string | undefined,
): Promise<() => Caller> {
  const pass = verify(services, token);
  if ("kind" in pass) return () => pass;
  services.metrics.bearerChecksAsked.inc();
  try {
    const caller = admit(pass, await services.revocation.ask(pass));
    return () => caller;
  } catch (error) {
    // SECURITY: fails closed (OWASP ASVS 16.5.3).
    return () => {
      throw error;
    };
  }
}

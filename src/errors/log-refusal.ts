import type { GraphQLError } from "graphql";
import type { Visitor } from "../visitor.js";
import type { AuthError } from "./auth-error.js";

/** The schema's name of the field that failed. SECURITY: never its alias, which a client chose. */
function fieldOf({ nodes }: GraphQLError): string | undefined {
  const node = nodes?.[0];
  return node?.kind === "Field" ? node.name.value : undefined;
}

/**
 * Refusals that no rule writes down itself: what an operator looks for when somebody guesses (OWASP
 * ASVS 16.3.2, Logging Vocabulary).
 *
 * @param error of the field that failed; none where a request was refused as a whole
 */
export function logRefusal(
  visitor: Pick<Visitor, "ip" | "log">,
  refusal: AuthError,
  error?: GraphQLError,
): void {
  const { code, extensions } = refusal;
  const where = { operation: error && fieldOf(error), ip: visitor.ip };
  if (code === "RATE_LIMITED")
    visitor.log.warn({ event: "rate_limited", ...where }, "too many tries");
  if (code === "INVALID_CODE")
    visitor.log.info({ event: "code_refused", ...where }, "no such code");
  if (code === "FORBIDDEN") visitor.log.info({ event: "forbidden", ...where }, "forbidden");
  if (code === "UNAUTHENTICATED" && extensions.reason === "INVALID")
    visitor.log.info({ event: "access_token_refused", ...where }, "not an access token of ours");
}

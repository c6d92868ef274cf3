import { OperationTypeNode } from "graphql";

/**
 * Mutations that check nothing that could be guessed. Every other one counts as a try, a new one too
 * until somebody puts it here.
 */
const checksNothing = new Set(["revokeSession", "revokeOtherSessions", "updateProfile"]);

/** Whether a root field takes a password, a token or a code, or sends one. */
export const touchesSecret = (operation: OperationTypeNode, field: string): boolean =>
  operation === OperationTypeNode.MUTATION && !checksNothing.has(field);

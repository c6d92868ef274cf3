import type { GraphQLFault } from "./errors.js";

/** A GraphQL answer, as far as repeating it goes. */
export interface Answer {
  data?: unknown;
  errors?: readonly GraphQLFault[];
}

const isUnauthenticated = ({ extensions }: GraphQLFault) => extensions?.code === "UNAUTHENTICATED";

/** Whether another access token may help. */
export const wantsToken = ({ errors }: Answer): boolean => errors?.some(isUnauthenticated) ?? false;

/**
 * Whether nothing of it was carried out, so that even a mutation may be sent again: there is no
 * data, or every root field failed with UNAUTHENTICATED.
 */
export function changedNothing({ data, errors = [] }: Answer): boolean {
  const refusedFields = errors
    .filter((error) => isUnauthenticated(error) && error.path?.length === 1)
    .map(({ path }) => String(path?.[0]));
  return Object.entries(data ?? {}).every(
    ([field, value]) => value === null && refusedFields.includes(field),
  );
}

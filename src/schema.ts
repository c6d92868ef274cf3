import "reflect-metadata";
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { type AuthCheckerFn, buildSchema } from "type-graphql";
import { AccountsResolver } from "./accounts/accounts.resolver.js";
import { OwnAccountResolver } from "./accounts/own-account.resolver.js";
import { RecoveryResolver } from "./accounts/recovery.resolver.js";
import { ActivityResolver } from "./activity/activity.resolver.js";
import type { RequestContext } from "./context.js";
import { SessionsResolver } from "./sessions/sessions.resolver.js";

/** Throws the reason instead of answering false: a client must learn whether to refresh. */
const requireMember: AuthCheckerFn<RequestContext> = ({ context }) => {
  context.member();
  return true;
};

/** The rules check their own input, with one error for all fields; class-validator would echo it. */
export const createSchema = (): Promise<GraphQLSchema> =>
  buildSchema({
    resolvers: [
      AccountsResolver,
      RecoveryResolver,
      OwnAccountResolver,
      SessionsResolver,
      ActivityResolver,
    ],
    authChecker: requireMember,
    validate: false,
  });

/** The text of `schema.graphql`. */
export const schemaText = (schema: GraphQLSchema): string =>
  `${printSchema(lexicographicSortSchema(schema))}\n`;

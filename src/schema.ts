import "reflect-metadata";
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { type AuthCheckerFn, buildSchema, type PubSub } from "type-graphql";
import { AccountsResolver } from "./accounts/accounts.resolver.js";
import { OwnAccountResolver } from "./accounts/own-account.resolver.js";
import { RecoveryResolver } from "./accounts/recovery.resolver.js";
import { ActivityResolver } from "./activity/activity.resolver.js";
import type { RequestContext } from "./context.js";
import { SessionEventsResolver } from "./session-events/session-events.resolver.js";
import { SessionsResolver } from "./sessions/sessions.resolver.js";

/** Throws the reason instead of answering false: a client must learn whether to refresh. */
const requireMember: AuthCheckerFn<RequestContext> = ({ context }) => {
  context.member();
  return true;
};

/** TypeGraphQL wants one wherever there is a subscription, and asks it nothing: ours brings its own. */
const unusedPubSub: PubSub = {
  publish: () => undefined,
  subscribe() {
    throw new Error("there are no topics");
  },
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
      SessionEventsResolver,
    ],
    pubSub: unusedPubSub,
    authChecker: requireMember,
    validate: false,
  });

/** The text of `schema.graphql`. */
export const schemaText = (schema: GraphQLSchema): string =>
  `${printSchema(lexicographicSortSchema(schema))}\n`;

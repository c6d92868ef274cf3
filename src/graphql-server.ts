import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContextDidEncounterErrors,
} from "@apollo/server";
import { unwrapResolverError } from "@apollo/server/errors";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { GraphQLSchema } from "graphql";
import type { RequestContext } from "./context.js";
import { AuthError } from "./errors/auth-error.js";
import { formatError, knownError } from "./errors/format-error.js";
import { landingPage } from "./http/sandbox.js";

/** Whoever reports an error finds it in the log; what nobody foresaw is logged in full. */
function logErrors({
  errors,
  contextValue,
}: GraphQLRequestContextDidEncounterErrors<RequestContext>) {
  const { log } = contextValue.visitor;
  for (const error of errors) {
    const original = unwrapResolverError(error);
    if (original instanceof AuthError || original === error) continue;
    if (knownError(error)) log.warn({ event: "database_fault", err: original }, "database fault");
    else log.error({ event: "unexpected_error", err: original }, "unexpected error");
  }
}

const errorReports: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors(request) {
        logErrors(request);
      },
      async willSendResponse({ response, contextValue, errors }) {
        if (errors === undefined || response.body.kind !== "single") return;
        for (const { extensions } of response.body.singleResult.errors ?? [])
          if (extensions?.code === "INTERNAL_SERVER_ERROR")
            extensions.requestId = contextValue.requestId;
      },
    };
  },
};

/** Apollo Server with everything off that a sign-in service does not want. */
export const createGraphqlServer = (schema: GraphQLSchema, options: { production: boolean }) =>
  new ApolloServer<RequestContext>({
    schema,
    introspection: !options.production,
    hideSchemaDetailsFromClientErrors: options.production,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    formatError,
    plugins: [
      errorReports,
      landingPage(options.production),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });

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
import { createFormatError, isGraphqlRefusal, knownError } from "./errors/format-error.js";
import { logRefusal } from "./errors/log-refusal.js";
import { landingPage } from "./http/sandbox.js";
import { documentLimits, maxTokens } from "./limits/document/document-limits.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics/metrics.js";
import { operationMetrics } from "./metrics/operation-metrics.js";

const logUnexpected = (log: Log, error: unknown) =>
  log.error({ event: "unexpected_error", err: error }, "unexpected error");

/** Whoever reports an error finds it in the log; what nobody foresaw is logged in full. */
function logErrors({
  errors,
  contextValue,
}: GraphQLRequestContextDidEncounterErrors<RequestContext>) {
  const { visitor } = contextValue;
  const { log } = visitor;
  for (const error of errors) {
    const original = unwrapResolverError(error);
    if (original instanceof AuthError) logRefusal(visitor, original, error);
    else if (isGraphqlRefusal(error, error.extensions.code)) continue;
    else if (knownError(error))
      log.warn({ event: "database_fault", err: original }, "database fault");
    else logUnexpected(log, original);
  }
}

const errorReports = (log: Log): ApolloServerPlugin<RequestContext> => ({
  async contextCreationDidFail({ error }) {
    logUnexpected(log, error);
  },
  async unexpectedErrorProcessingRequest({ requestContext, error }) {
    logUnexpected(requestContext.contextValue.visitor.log, error);
  },
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
});

/** Apollo Server with everything off that a sign-in service does not want. */
export const createGraphqlServer = (
  schema: GraphQLSchema,
  { production, log, metrics }: { production: boolean; log: Log; metrics: Metrics },
) =>
  new ApolloServer<RequestContext>({
    schema,
    logger: log,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    persistedQueries: false,
    maxRecursiveSelections: true,
    parseOptions: { maxTokens },
    validationRules: [documentLimits],
    stopOnTerminationSignals: false,
    formatError: createFormatError(schema),
    plugins: [
      errorReports(log),
      operationMetrics(schema, metrics),
      landingPage(production),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });

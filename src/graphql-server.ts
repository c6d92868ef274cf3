import { ApolloServer, type ApolloServerPlugin } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import { GraphQLError, type GraphQLSchema, OperationTypeNode } from "graphql";
import type { RequestContext } from "./context.js";
import { createFormatError } from "./errors/format-error.js";
import { logErrors, logUnexpected } from "./errors/log-errors.js";
import { landingPage } from "./http/sandbox.js";
import { documentLimits, maxErrors, maxTokens } from "./limits/document/document-limits.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics/metrics.js";
import { operationMetrics } from "./metrics/operation-metrics.js";

/** graphql-js would execute it like a query, with one answer, of nothing. */
const refuseSubscriptions: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
        const message = "Subscriptions are offered over a WebSocket alone: graphql-transport-ws.";
        const extensions = { code: "BAD_REQUEST", http: { status: 400 } };
        throw new GraphQLError(message, { nodes: operation, extensions });
      },
    };
  },
};

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
        logErrors(request.contextValue.visitor, request.errors);
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
    parseOptions: { maxTokens },
    // Not with `maxRecursiveSelections`, which has them run after all other rules.
    validationRules: [documentLimits],
    validationOptions: { maxErrors },
    stopOnTerminationSignals: false,
    formatError: createFormatError(schema),
    plugins: [
      errorReports(log),
      refuseSubscriptions,
      operationMetrics(schema, metrics),
      landingPage(production),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });

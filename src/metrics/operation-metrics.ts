import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLFormattedError, GraphQLSchema, OperationDefinitionNode } from "graphql";
import type { RequestContext } from "../context.js";
import type { Metrics } from "./metrics.js";

/** A document that was refused before anything in it was executed. */
export const refusedDocument = "document";
/** `__typename`, `__schema`, fragments at the root. */
const otherField = "other";

function rootFieldsOf(schema: GraphQLSchema): Set<string> {
  const types = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return new Set(types.flatMap((type) => Object.keys(type?.getFields() ?? {})));
}

/** Outcomes to be alarmed by, and with what to compare them: there from the start. */
const watchedOutcomes = ["ok", "OVERLOADED", "INTERNAL_SERVER_ERROR"];

type Named = { operation: string; key: string };

/** The outcome of a root field by its error. */
export const outcomeOf = (error: GraphQLFormattedError | undefined) =>
  error === undefined ? "ok" : String(error.extensions?.code ?? "INTERNAL_SERVER_ERROR");

/** Counts every root field by its outcome. SECURITY: the schema's names alone become labels. */
export function operationMetrics(
  schema: GraphQLSchema,
  metrics: Metrics,
): ApolloServerPlugin<RequestContext> {
  const known = rootFieldsOf(schema);
  for (const operation of known)
    for (const outcome of watchedOutcomes) metrics.operations.inc({ operation, outcome }, 0);

  const namesIn = (operation: OperationDefinitionNode): Named[] =>
    operation.selectionSet.selections.map((selection) => {
      if (selection.kind !== "Field") return { operation: otherField, key: "" };
      const { name, alias } = selection;
      return {
        operation: known.has(name.value) ? name.value : otherField,
        key: (alias ?? name).value,
      };
    });

  const count = (names: readonly Named[], errors: readonly GraphQLFormattedError[]) => {
    for (const { operation, key } of names) {
      const outcome = outcomeOf(errors.find(({ path }) => path?.[0] === key));
      metrics.operations.inc({ operation, outcome });
    }
  };

  return {
    async requestDidStart() {
      const began = performance.now();
      return {
        async willSendResponse({ operation, response, errors: unformatted }) {
          if (response.body.kind !== "single") return;
          const errors = response.body.singleResult.errors ?? [];
          const executed = operation !== undefined && "data" in response.body.singleResult;
          if (!executed) {
            if (unformatted === undefined) return;
            metrics.operations.inc({ operation: refusedDocument, outcome: outcomeOf(errors[0]) });
            return;
          }
          const names = namesIn(operation);
          count(names, errors);
          const seconds = (performance.now() - began) / 1000;
          metrics.operationSeconds.observe(
            { operation: names[0]?.operation ?? otherField },
            seconds,
          );
        },
      };
    },
  };
}

import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { documentLimits, maxErrors, maxTokens } from "../limits/document/document-limits.js";
import { unconditionalRoot } from "./unconditional-root.js";

/** A `subscribe` message, in the form of which graphql-ws has made sure. */
export interface SubscriptionRequest {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

/** As Apollo Server does for POST: no more of these than anybody reads. */
const mostVariableErrors = 50;

/** The same error with the code that Apollo Server gives it for POST. */
function withCode(error: GraphQLError, code: string, message = error.message): GraphQLError {
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions: { code } });
}

const withoutSuggestions = ({ message }: GraphQLError) =>
  message.replace(/ ?Did you mean [\s\S]*$/, "");

type Prepared = Omit<ExecutionArgs, "contextValue"> | readonly GraphQLError[];

/**
 * The same checks as for POST, in the same order: size, form, cost. Then what is so of a socket
 * alone: there are subscriptions here and nothing else, so that each mutation has one door.
 */
export function createPreparation(schema: GraphQLSchema, { production }: { production: boolean }) {
  const rules = [
    ...specifiedRules,
    unconditionalRoot,
    ...(production ? [NoSchemaIntrospectionCustomRule] : []),
    documentLimits,
  ];
  const told = (error: GraphQLError) => (production ? withoutSuggestions(error) : error.message);

  return ({ query, operationName, variables }: SubscriptionRequest): Prepared => {
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens });
    } catch (error) {
      return [withCode(error as GraphQLError, "GRAPHQL_PARSE_FAILED")];
    }
    const faults = validate(schema, document, rules, { maxErrors });
    if (faults.length > 0)
      return faults.map((fault) => withCode(fault, "GRAPHQL_VALIDATION_FAILED", told(fault)));
    const operation = getOperationAST(document, operationName);
    if (operation == null)
      return [withCode(new GraphQLError("Unknown operation."), "OPERATION_RESOLUTION_FAILURE")];
    if (operation.operation !== OperationTypeNode.SUBSCRIPTION) {
      const message = "A socket takes subscriptions alone: send queries and mutations by POST.";
      return [withCode(new GraphQLError(message, { nodes: operation }), "BAD_REQUEST")];
    }
    const definitions = operation.variableDefinitions ?? [];
    const options = { maxErrors: mostVariableErrors };
    const { errors } = getVariableValues(schema, definitions, variables ?? {}, options);
    if (errors) return errors.map((error) => withCode(error, "BAD_USER_INPUT"));
    return { schema, document, operationName, variableValues: variables };
  };
}

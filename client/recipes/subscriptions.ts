import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createAuth } from "@gatehouse/client";
import { createAuthLink, webSocketAuth } from "@gatehouse/client/apollo";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";

export const auth = createAuth({ url: "/graphql" });

const socket = createClient({ url: "/graphql", ...webSocketAuth(auth) });
const http = createAuthLink(auth).concat(new HttpLink({ uri: "/graphql" }));
const link = ApolloLink.split(
  ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
  new GraphQLWsLink(socket),
  http,
);
export const client = new ApolloClient({ link, cache: new InMemoryCache() });

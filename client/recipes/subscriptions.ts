import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createAuth, watchSessionEvents } from "@gatehouse/client";
import { createAuthLink, webSocketAuth } from "@gatehouse/client/apollo";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";

export const auth = createAuth({ url: "/graphql" });

const url = `${location.origin.replace("http", "ws")}/graphql`;
const socket = createClient({ url, ...webSocketAuth(auth) });
watchSessionEvents(auth, socket);

const http = createAuthLink(auth).concat(new HttpLink({ uri: "/graphql" }));
const link = ApolloLink.split(
  ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
  new GraphQLWsLink(socket),
  http,
);
export const client = new ApolloClient({ link, cache: new InMemoryCache() });

import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { createAuth, watchSessionEvents } from "@gatehouse/client";
import { createAuthLink, webSocketAuth } from "@gatehouse/client/apollo";
import { createClient } from "graphql-ws";

export const auth = createAuth({ url: "/graphql" });
export const client = new ApolloClient({
  link: createAuthLink(auth).concat(new HttpLink({ uri: "/graphql" })),
  cache: new InMemoryCache(),
});

// Signed out elsewhere is signed out here, and the list of devices follows, without being asked.
const url = `${location.origin.replace("http", "ws")}/graphql`;
watchSessionEvents(auth, createClient({ url, ...webSocketAuth(auth) }));

import { createAuth, createAuthFetch } from "@gatehouse/client";
import { GraphQLClient } from "graphql-request";

export const auth = createAuth({ url: "/graphql" });
export const client = new GraphQLClient(`${location.origin}/graphql`, {
  fetch: createAuthFetch(auth),
});

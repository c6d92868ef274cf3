import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { createAuth } from "@gatehouse/client";
import { createAuthLink } from "@gatehouse/client/apollo";

export const auth = createAuth({ url: "/graphql" });
export const client = new ApolloClient({
  link: createAuthLink(auth).concat(new HttpLink({ uri: "/graphql" })),
  cache: new InMemoryCache(),
});

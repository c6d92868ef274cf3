import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { createAuth } from "@gatehouse/client";
import { createAuthLink } from "@gatehouse/client/apollo";

export const auth = createAuth({ url: "/graphql" });
const link = createAuthLink(auth).concat(new HttpLink({ uri: "/graphql" }));
export const client = new ApolloClient({ link, cache: new InMemoryCache() });

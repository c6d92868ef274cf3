import { createAuth } from "@gatehouse/client";
import { Client, cacheExchange, fetchExchange } from "@urql/core";
import { authExchange } from "@urql/exchange-auth";

export const auth = createAuth({ url: "/graphql" });

const authenticated = authExchange(async ({ appendHeaders }) => {
  let token = await auth.getAccessToken().catch(() => undefined);
  auth.onAuthStateChange(async () => {
    token = await auth.getAccessToken().catch(() => undefined);
  });
  return {
    addAuthToOperation: (operation) =>
      token ? appendHeaders(operation, { authorization: `Bearer ${token}` }) : operation,
    didAuthError: ({ graphQLErrors }) =>
      graphQLErrors.some(({ extensions }) => extensions.code === "UNAUTHENTICATED"),
    refreshAuth: async () => {
      token = await auth.refresh(token);
    },
  };
});

export const client = new Client({
  url: "/graphql",
  preferGetMethod: false,
  exchanges: [cacheExchange, authenticated, fetchExchange],
});

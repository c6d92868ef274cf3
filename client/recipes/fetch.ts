import { createAuth, createAuthFetch } from "@gatehouse/client";

export const auth = createAuth({ url: "/graphql" });
export const authFetch = createAuthFetch(auth);

export async function me() {
  const response = await authFetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "query Me { me { id email } }" }),
  });
  const { data } = await response.json();
  return data.me;
}

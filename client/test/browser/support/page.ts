import {
  ApolloClient,
  type CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
} from "@apollo/client";
import { createAuthLink } from "../../../src/apollo/index.js";
import { createAuth, type GatehouseError } from "../../../src/index.js";

/** An app's page, as small as can be; the proof drives it by `window.app`. */
const options = new URLSearchParams(location.search);
const body = options.get("transport") === "BODY";
/** Makes the page believe that tokens live longer, so that it learns of their end from the service. */
const trust = Number(options.get("trust") ?? 1);

const trusting: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  const text = await response.text();
  const longer = text.replace(/"expiresIn":(\d+)/, (_, s) => `"expiresIn":${Number(s) * trust}`);
  return new Response(longer, response);
};

const auth = createAuth({
  url: `/graphql?tab=${options.get("tab")}`,
  fetch: trust === 1 ? undefined : trusting,
  ...(body && { transport: "BODY", storage: localStorage }),
});
const client = new ApolloClient({
  link: createAuthLink(auth).concat(new HttpLink({ uri: "/graphql" })),
  cache: new InMemoryCache(),
});
const events: string[] = [];
auth.onAuthStateChange((event) => events.push(event));

/** A machine so busy that a token ends while one operation is under way proves nothing. */
const lateMs = 5000;

const operation = () => {
  const began = performance.now();
  return client
    .query<{ me: { id: string } | null }>({
      query: gql`
        query Me {
          me {
            id
          }
        }
      `,
      fetchPolicy: "network-only",
      context: { queryDeduplication: false },
    })
    .then(({ data }) => (data?.me ? "ok" : "nobody"))
    .catch((error) => {
      const code: string = codeOf(error);
      const isLate = performance.now() - began > lateMs && code === "UNAUTHENTICATED";
      return isLate ? "late" : code;
    });
};

const codeOf = (error: GatehouseError | CombinedGraphQLErrors): string =>
  "errors" in error ? String(error.errors[0]?.extensions?.code) : (error.code ?? error.message);

const app = {
  auth,
  events,
  /** So many operations at once; how many came to what. */
  async operate(count: number): Promise<Record<string, number>> {
    const tally: Record<string, number> = {};
    const results = await Promise.all(Array.from({ length: count }, operation));
    for (const result of results) tally[result] = (tally[result] ?? 0) + 1;
    return tally;
  },
  /** Rounds of operations, spread over the time. */
  async keepOperating(count: number, ms: number): Promise<Record<string, number>> {
    const tally: Record<string, number> = {};
    const end = performance.now() + ms;
    while (performance.now() < end) {
      for (const [result, times] of Object.entries(await app.operate(count)))
        tally[result] = (tally[result] ?? 0) + times;
      await new Promise((done) => setTimeout(done, 250));
    }
    return tally;
  },
};

export type App = typeof app;
Object.assign(window, { app, ticks: [] });

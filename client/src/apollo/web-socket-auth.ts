import type { Auth } from "../auth.js";

const restartCode = 4205;
const longestWaitMs = 30_000;

/**
 * Options for graphql-ws: `createClient({ url, ...webSocketAuth(auth) })`. The socket is opened with
 * the access token of the moment, opened anew with each new one, and asked for again as long as it
 * takes; subscriptions go on by themselves.
 */
export function webSocketAuth(auth: Auth) {
  let socket: { close(code: number, reason: string): void } | undefined;
  let restarting = false;
  auth.onAuthStateChange((event) => {
    if (event === "USER_UPDATED") return;
    restarting = true;
    socket?.close(restartCode, "Another access token");
  });
  return {
    async connectionParams(): Promise<Record<string, unknown>> {
      const token = await auth.getAccessToken();
      return token === undefined ? {} : { authorization: `Bearer ${token}` };
    },
    on: {
      opened(opened: unknown) {
        socket = opened as typeof socket;
        restarting = false;
      },
      closed() {
        socket = undefined;
      },
    },
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (retries: number) =>
      new Promise<void>((done) => {
        const waitMs = Math.min(longestWaitMs, 500 * 2 ** retries) * (0.5 + Math.random() / 2);
        setTimeout(done, restarting ? 0 : waitMs);
      }),
  };
}

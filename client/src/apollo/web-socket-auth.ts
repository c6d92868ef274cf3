import type { Auth } from "../auth.js";

const restartCode = 4205;
/** The service's word for an access token that it will not take, or not any longer. */
const refusedCode = 4403;
const longestWaitMs = 30_000;

/**
 * Options for graphql-ws: `createClient({ url, ...webSocketAuth(auth) })`. The socket is opened with
 * the access token of the moment, opened anew with each new one, and asked for again as long as it
 * takes; subscriptions go on by themselves. A token that is refused is refreshed first.
 */
export function webSocketAuth(auth: Auth) {
  let socket: { close(code: number, reason: string): void } | undefined;
  let sent: string | undefined;
  let renewal: Promise<unknown> | undefined;
  let restarting = false;
  auth.onAuthStateChange((event) => {
    if (event === "USER_UPDATED") return;
    restarting = true;
    socket?.close(restartCode, "Another access token");
  });
  return {
    async connectionParams(): Promise<Record<string, unknown>> {
      sent = await auth.getAccessToken();
      return sent === undefined ? {} : { authorization: `Bearer ${sent}` };
    },
    on: {
      opened(opened: unknown) {
        socket = opened as typeof socket;
        restarting = false;
      },
      closed(event: unknown) {
        socket = undefined;
        const { code } = event as { code?: number };
        if (code === refusedCode) renewal = auth.refresh(sent).catch(() => {});
      },
    },
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    async retryWait(retries: number): Promise<void> {
      await renewal;
      // Once: a service that takes no token at all is not asked in a circle.
      if (restarting && retries === 0) return;
      const waitMs = Math.min(longestWaitMs, 500 * 2 ** retries) * (0.5 + Math.random() / 2);
      await new Promise((done) => setTimeout(done, waitMs));
    },
  };
}

import { end, type Parts, rotate } from "./attempt.js";
import type { Auth } from "./auth.js";
import { meDocument, registerDocument, signInDocument, signOutDocument } from "./documents.js";
import { post } from "./request.js";
import type { AuthPayload, TokenTransport, User } from "./types.js";

interface Registered {
  register: { auth: AuthPayload | null; verificationToken: string | null };
}

type Actions = Pick<
  Auth,
  "transport" | "register" | "signIn" | "signOut" | "exchange" | "reloadUser"
>;

/** What a person does. Whatever changes the refresh token runs alone among the tabs. */
export function createActions(
  parts: Parts,
  { getAccessToken, request }: Pick<Auth, "getAccessToken" | "request">,
): Actions {
  const { alone, cookie, endpoint, records, state, tabs } = parts;
  const transport: TokenTransport = cookie ? "COOKIE" : "BODY";

  async function letIn(payload: AuthPayload): Promise<User> {
    const { id, rotations } = payload.session;
    await records.write({ session: id, rotations, token: payload.refreshToken ?? undefined });
    parts.adopt(payload);
    return payload.user;
  }

  return {
    transport,
    register: (input) =>
      alone(async () => {
        const variables = { input: { ...input, transport } };
        const { register } = await post<Registered>(endpoint, registerDocument, variables);
        if (register.auth) return { status: "signedIn", user: await letIn(register.auth) };
        const verificationToken = register.verificationToken ?? "";
        return { status: "verificationRequired", verificationToken };
      }),
    signIn: (input) =>
      alone(async () => {
        const variables = { input: { ...input, transport } };
        const { login } = await post<{ login: AuthPayload }>(endpoint, signInDocument, variables);
        return letIn(login);
      }),
    signOut: ({ everywhere = false } = {}) =>
      alone(async () => {
        const record = await records.read();
        const { accessToken, session } = state.held?.payload ?? {};
        const variables = { refreshToken: record.token, everywhere };
        await post(endpoint, signOutDocument, variables, accessToken);
        await end(parts, { session: record.session ?? session?.id });
      }),
    async exchange(document, input) {
      const accessToken = await getAccessToken();
      await alone(() =>
        rotate(parts, ({ pending: retryKey }) =>
          post(endpoint, document, { input: { ...input, retryKey } }, accessToken),
        ),
      );
    },
    async reloadUser() {
      const { me } = await request<{ me: User | null }>(meDocument);
      if (me) state.userUpdated(me);
      if (me && state.held) tabs.handOver(state.held);
      return me ?? undefined;
    },
  };
}

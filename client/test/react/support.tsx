import { afterEach, beforeEach } from "@jest/globals";
import { Window } from "happy-dom";
import type { ReactNode } from "react";
import type { Auth, AuthState } from "../../src/index.js";
import { createState } from "../../src/state.js";
import type { AuthPayload, Session } from "../../src/types.js";
import { FakeServer } from "../support/fake-server.js";

const names = ["window", "document", "navigator", "HTMLElement", "IS_REACT_ACT_ENVIRONMENT"];

const mounted: (() => Promise<void>)[] = [];

/** A DOM for each test of a file. */
export function dom(): void {
  const before = new Map(names.map((n) => [n, Object.getOwnPropertyDescriptor(globalThis, n)]));
  beforeEach(() => {
    const window = new Window({ url: "http://localhost/" });
    const { document, navigator, HTMLElement } = window;
    const values = { window, document, navigator, HTMLElement, IS_REACT_ACT_ENVIRONMENT: true };
    for (const [name, value] of Object.entries(values))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  });
  afterEach(async () => {
    for (const unmount of mounted.splice(0)) await unmount();
    for (const [name, descriptor] of before)
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete (globalThis as Record<string, unknown>)[name];
  });
}

/** A keeper without a service: the real state, and answers that the test prepares. */
export function fakeKeeper(initial?: AuthPayload) {
  const state = createState(initial);
  const answers = new Map<string, unknown>();
  const asked: string[] = [];
  const auth = {
    get state(): AuthState {
      return state.current;
    },
    initialState: state.current,
    subscribe: state.subscribe,
    onAuthStateChange: state.onEvent,
    start() {},
    async request(document: string) {
      const operation = /(?:query|mutation) (\w+)/.exec(document)?.[1] ?? "";
      asked.push(operation);
      const answer = answers.get(operation);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async signOut() {
      asked.push("SignOut");
      state.signedOut();
    },
  } as unknown as Auth;
  return { auth, state, answers, asked };
}

const server = new FakeServer();

export function payloadOf(email: string, session = "session-1", rotations = 0): AuthPayload {
  return {
    accessToken: `access-${session}-${rotations}`,
    expiresIn: 900,
    refreshToken: null,
    user: server.user(email),
    session: sessionOf(session, true, rotations),
  };
}

export const sessionOf = (id: string, current = false, rotations = 0): Session => ({
  ...server.session({ id, generation: rotations }, current),
  device: `device of ${id}`,
});

/** Renders into a page and gives back its text, now and later. */
export async function render(element: ReactNode, hydrated?: string) {
  const { act } = await actOf();
  const { createRoot, hydrateRoot } = await import("react-dom/client");
  const container = document.createElement("div");
  document.body.append(container);
  if (hydrated !== undefined) container.innerHTML = hydrated;
  let root = undefined as unknown as ReturnType<typeof createRoot>;
  await act(async () => {
    if (hydrated === undefined) {
      root = createRoot(container as unknown as Element);
      root.render(element);
    } else root = hydrateRoot(container as unknown as Element, element);
  });
  const unmount = () => act(async () => root.unmount());
  mounted.push(unmount);
  return { text: () => container.textContent, unmount };
}

/** React 18 and 19 keep it in the same place. */
export const actOf = async () => {
  const { act } = await import("react");
  return { act };
};

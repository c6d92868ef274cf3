import { type AuthPayload, createAuth, retryCookieStorage } from "@gatehouse/client";
import { AuthProvider } from "@gatehouse/client/react";
import { hydrateRoot } from "react-dom/client";
import { App } from "./ssr-app";

const { initial } = window as { initial?: AuthPayload | null };
export const auth = createAuth({
  url: "/graphql",
  initial: initial ?? undefined,
  storage: retryCookieStorage("gatehouse_retry"),
});

export const root = hydrateRoot(
  document.getElementById("root") as HTMLElement,
  <AuthProvider auth={auth}>
    <App />
  </AuthProvider>,
);

import { createAuth } from "@gatehouse/client";
import { AuthProvider } from "@gatehouse/client/react";
import { refreshOnServer } from "@gatehouse/client/server";
import { renderToString } from "react-dom/server";
import { App } from "./ssr-app";

const api = "http://127.0.0.1:4000/graphql";

export async function render(request: Request): Promise<Response> {
  const refreshed = await refreshOnServer(request, { url: api, retryCookie: "gatehouse_retry" });
  const initial = refreshed?.initial;
  const auth = createAuth({ url: api, initial });
  const html = renderToString(
    <AuthProvider auth={auth}>
      <App />
    </AuthProvider>,
  );
  const headers = new Headers({ "content-type": "text/html", "cache-control": "no-store" });
  for (const cookie of refreshed?.setCookies ?? []) headers.append("set-cookie", cookie);
  const state = JSON.stringify(initial ?? null).replaceAll("<", "\\u003c");
  return new Response(
    `<!doctype html><div id="root">${html}</div><script>window.initial = ${state}</script><script type="module" src="/browser.js"></script>`,
    { headers },
  );
}

import { describe, expect, jest, test } from "@jest/globals";
import { StrictMode, version } from "react";
import { renderToString } from "react-dom/server";
import { AuthProvider, SignedIn, SignedOut, useAuth, useUser } from "../../src/react/index.js";
import { actOf, dom, fakeKeeper, payloadOf, render } from "./support.js";

dom();
const ada = payloadOf("ada@example.com");

/** All states that a component has seen, in order. */
function page(auth: ReturnType<typeof fakeKeeper>["auth"], seen: string[] = []) {
  function Page() {
    const { status, user } = useAuth();
    seen.push(`${status} ${user?.email ?? ""}`.trim());
    return (
      <>
        <SignedIn>in: {useUser()?.email}</SignedIn>
        <SignedOut>out</SignedOut>
      </>
    );
  }
  return (
    <StrictMode>
      <AuthProvider auth={auth}>
        <Page />
      </AuthProvider>
    </StrictMode>
  );
}

describe(`the hooks on React ${version}`, () => {
  test("while nothing is known, neither the one nor the other is shown", async () => {
    const { auth } = fakeKeeper();
    expect((await render(page(auth))).text()).toBe("");
  });

  test("components follow the state", async () => {
    const { act } = await actOf();
    const { auth, state } = fakeKeeper();
    const shown = await render(page(auth));
    await act(async () => state.signedIn(ada));
    expect(shown.text()).toBe("in: ada@example.com");
    await act(async () => state.signedOut());
    expect(shown.text()).toBe("out");
  });

  test("a person who is signed in never sees the page of those who are not", async () => {
    const { act } = await actOf();
    const { auth, state } = fakeKeeper();
    const seen: string[] = [];
    await render(page(auth, seen));
    await act(async () => state.signedIn(ada));
    await act(async () => state.signedIn(payloadOf("ada@example.com", "session-1", 1)));
    expect(new Set(seen)).toEqual(new Set(["loading", "signedIn ada@example.com"]));
  });

  test("the server renders loading, and the browser takes it over without a complaint", async () => {
    const complaint = jest.spyOn(console, "error").mockImplementation(() => {});
    const { auth, state } = fakeKeeper();
    const html = renderToString(page(auth));
    expect(html).not.toContain("out");
    const browser = fakeKeeper();
    browser.state.signedIn(ada);
    const shown = await render(page(browser.auth), html);
    expect(shown.text()).toBe("in: ada@example.com");
    expect(complaint).not.toHaveBeenCalled();
    complaint.mockRestore();
    expect(state.current.status).toBe("loading");
  });

  test("a server that knows the person renders the page as it will be", async () => {
    const html = renderToString(page(fakeKeeper(ada).auth));
    expect(html).toContain("ada@example.com");
    const shown = await render(page(fakeKeeper(ada).auth), html);
    expect(shown.text()).toBe("in: ada@example.com");
  });

  test("a keeper is started by the page, not by the server's rendering", async () => {
    const start = jest.fn();
    const { auth } = fakeKeeper();
    Object.assign(auth, { start });
    renderToString(page(auth));
    expect(start).not.toHaveBeenCalled();
    await render(page(auth));
    expect(start).toHaveBeenCalled();
  });

  test("without a provider the hooks say what is missing", () => {
    expect(() => renderToString(<SignedIn />)).toThrow(/AuthProvider/);
  });
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Auth } from "../../src/index.js";
import { credentials, story } from "../support/story.js";

const folder = join(import.meta.dirname, "../../recipes");
const it = story();

beforeEach(() => void jest.resetModules());

/** Runs a recipe in the browser of the test, with somebody signed in. */
async function recipe<Module extends { auth: Auth }>(load: () => Promise<Module>) {
  const module = await load();
  it.browser.adopt(module.auth);
  await it.pass(500);
  await it.settled(module.auth.signIn(credentials));
  it.server.sent.length = 0;
  return module;
}

/** The person, asked for twice; before the second time the service forgets the access tokens. */
async function expectToSurvive(me: () => Promise<unknown>): Promise<void> {
  const person = { id: `id of ${credentials.email}` };
  await expect(it.settled(me(), 500)).resolves.toMatchObject(person);
  it.server.forgetAccessTokens();
  await expect(it.settled(me(), 2000)).resolves.toMatchObject(person);
  expect(it.server.count("Refresh")).toBe(1);
  expect(it.server.count("Me")).toBe(3);
}

const me = "query Me { me { id email } }";

describe("the recipes", () => {
  test("Apollo Client", async () => {
    const { client } = await recipe(() => import("../../recipes/apollo"));
    const { gql } = await import("@apollo/client");
    await expectToSurvive(async () => {
      const query = gql(me);
      const { data } = await client.query<{ me: unknown }>({ query, fetchPolicy: "network-only" });
      return data?.me;
    });
  });

  test("urql with its auth exchange", async () => {
    const { client } = await recipe(() => import("../../recipes/urql"));
    await expectToSurvive(async () => {
      const { data } = await client.query(me, {}, { requestPolicy: "network-only" }).toPromise();
      return data?.me;
    });
  });

  test("graphql-request", async () => {
    const { client } = await recipe(() => import("../../recipes/graphql-request"));
    await expectToSurvive(async () => (await client.request<{ me: unknown }>(me)).me);
  });

  test("plain fetch", async () => {
    const module = await recipe(() => import("../../recipes/fetch"));
    await expectToSurvive(module.me);
  });

  test("a phone's keychain", async () => {
    const items = new Map<string, string>();
    const keychain = {
      getItem: async (key: string) => items.get(key) ?? null,
      setItem: async (key: string, value: string) => void items.set(key, value),
    };
    const open = async () => {
      const { createMobileAuth } = await import("../../recipes/body");
      return { auth: createMobileAuth(keychain) };
    };
    const { auth } = await recipe(open);
    auth.dispose();
    const again = await open();
    it.browser.adopt(again.auth);
    await it.pass(500);
    expect(again.auth.state.user?.email).toBe(credentials.email);
  });

  test("all stand in the README, word for word", () => {
    const readme = readFileSync(join(folder, "../README.md"), "utf8");
    for (const file of readdirSync(folder)) {
      const code = readFileSync(join(folder, file), "utf8");
      expect([file, readme.includes(`\n${code}\`\`\``)]).toEqual([file, true]);
    }
  });
});

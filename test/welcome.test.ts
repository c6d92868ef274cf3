import { expect, test } from "@jest/globals";
import { loadConfig } from "../src/config.js";
import { welcome } from "../src/welcome.js";
import { testSettings } from "./support/app.js";

const said = (settings: Record<string, string>, address: string, notice?: string) =>
  welcome(loadConfig(testSettings(settings)), address, notice);

test.each([
  [{}, "http://127.0.0.1:4000", "http://localhost:4000"],
  [{ PORT: "0" }, "http://127.0.0.1:31234", "http://127.0.0.1:31234"],
  [{ HOST: "0.0.0.0", PORT: "0" }, "http://0.0.0.0:31234", "http://localhost:31234"],
  [{ HOST: "::", PORT: "0" }, "http://[::]:31234", "http://localhost:31234"],
  [{ PUBLIC_URL: "https://auth.example.com" }, "http://127.0.0.1:4000", "http://127.0.0.1:4000"],
  [{ PUBLIC_URL: "http://dev.test:4000" }, "http://127.0.0.1:4000", "http://dev.test:4000"],
])("with %j, listening on %s, the address to try is %s", (settings, address, url) => {
  const text = said(settings, address);
  expect(text).toContain(`  GraphQL, Sandbox    ${url}/graphql\n`);
  expect(text).toContain(`curl -s ${url}/graphql `);
});

test("whoever develops where others can reach it is told so, in one line", () => {
  const warning = /^ {2}Development mode listens on .*$/gm;
  expect(said({ HOST: "0.0.0.0" }, "http://0.0.0.0:4000").match(warning)).toEqual([
    "  Development mode listens on 0.0.0.0: others can reach it.",
  ]);
  expect(said({}, "http://127.0.0.1:4000").match(warning)).toBeNull();
});

test("the mailbox is named where there is one, and the database where there is something to say", () => {
  expect(said({}, "http://127.0.0.1:4000")).toContain("/dev/mailbox");
  const text = said({ SMTP_URL: "smtp://localhost" }, "http://127.0.0.1:4000", "is here");
  expect(text).not.toContain("/dev/mailbox");
  expect(text).toContain("  Database            is here\n");
});

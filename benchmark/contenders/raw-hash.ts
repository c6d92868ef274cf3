import Fastify from "fastify";
import { announce, post } from "./support/announce.js";
import { built } from "./support/built.js";
import { productionSettings, told } from "./support/settings.js";

/** The floor of whatever hashes: the product's workers at the default cost behind a plain route. */
const { loadConfig } = await built<typeof import("../../src/config.js")>("config.js");
const { openPasswords } =
  await built<typeof import("../../src/passwords/index.js")>("passwords/index.js");

const passwords = openPasswords(loadConfig(productionSettings(25)));
const password = "correct horse battery staple";
const stored = await passwords.hash(password);

const app = Fastify();
app.post("/verify", () => passwords.verify(password, stored));
app.post("/hash", async () => ({ made: (await passwords.hash(password)).hash.length }));
await app.listen({ host: "127.0.0.1", port: told().port });
announce({
  verify: post("/verify", {}, { ok: '"matches":true' }),
  hash: post("/hash", {}, { ok: "made" }),
});

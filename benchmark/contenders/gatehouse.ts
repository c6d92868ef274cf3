import { type ChildProcess, spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { SMTPServer } from "smtp-server";
import { keyRing } from "../../src/secrets.js";
import { createRefreshTokens } from "../../src/sessions/refresh-token.js";
import { until } from "../../test/support/until.js";
import { profiling } from "../support/profiling.js";
import { announce } from "./support/announce.js";
import { gatehouseCases } from "./support/gatehouse-cases.js";
import { connect, sample, seed } from "./support/seed.js";
import { productionSettings, told } from "./support/settings.js";

/** The product as an operator runs it: `node dist/src/main.js`, in production, everything on. */
const main = fileURLToPath(new URL("../../dist/src/main.js", import.meta.url));
const startMilliseconds = 60_000;
const { databaseUrl, port, seeds } = told();
const url = `http://127.0.0.1:${port}`;

/** Takes all mail and forgets it. */
async function startMailServer(): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _session, done) => stream.on("end", () => done()).resume(),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.server.address() as AddressInfo).port;
}

async function startService(settings: Record<string, string>): Promise<ChildProcess> {
  const args = [...profiling(process.env.PROFILE, "gatehouse-service"), main];
  const service = spawn(process.execPath, args, {
    env: { ...settings, PATH: process.env.PATH },
    stdio: ["ignore", "ignore", "inherit"],
  });
  // Without the service there is nothing to measure: its end is ours, as it ended.
  service.once("exit", (code) => process.exit(code ?? 1));
  process.once("SIGTERM", () => service.kill("SIGTERM"));
  const isReady = () =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, startMilliseconds);
  return service;
}

const settings = productionSettings(await startMailServer());
const service = await startService(settings);
const client = await connect(databaseUrl);
const keys = keyRing([Buffer.from(settings.AUTH_SECRET ?? "", "base64")], "refreshTokenMac");
const found = await sample(client, seeds);
const cases = await gatehouseCases({
  client,
  url,
  refreshTokens: createRefreshTokens(keys),
  sessions: found.length > 0 ? found : await seed(client, { users: seeds, sessions: 1 }),
});
await client.end();
announce(cases, service.pid);

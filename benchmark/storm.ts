import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startEmbeddedDatabase } from "../src/database/embedded/index.js";
import { askUrl, type Reply } from "../test/support/ask.js";
import { startService } from "../test/support/service-process.js";

/**
 * What a storm of sign-ins does to everybody's refresh: see README.md.
 *
 *     npm run bench:storm -- [sign-ins at once] [seconds of each phase] [sessions that refresh]
 */
const [storm = 200, seconds = 15, sessions = 20] = process.argv.slice(2).map(Number);

const secret = () => randomBytes(32).toString("base64");
const folder = mkdtempSync(join(tmpdir(), "gatehouse-benchmark-"));
const postgres = await startEmbeddedDatabase({ dataDir: folder });
const service = await startService({
  NODE_ENV: "test",
  DATABASE_URL: postgres.url,
  AUTH_SECRET: secret(),
  PASSWORD_PEPPER: secret(),
  PUBLIC_URL: "http://localhost:4000",
  BCRYPT_COST: "12",
  // One address is everybody here.
  RATE_LIMITS: "off",
  LOG_LEVEL: "info",
});
const ask = askUrl(service.url);

async function register(): Promise<{ refreshToken: string }> {
  const input = { email: `${randomBytes(6).toString("hex")}@example.com`, password: secret() };
  const { outcome, data } = await ask("register", { input });
  if (outcome !== "ok") throw new Error(`register: ${outcome}`);
  return data.register.auth;
}

const tokens: string[] = [];
for (let n = 0; n < sessions; n++) tokens.push((await register()).refreshToken);

const outcomes = new Map<string, number>();
const note = (what: string, { outcome }: Reply) =>
  outcomes.set(`${what} ${outcome}`, (outcomes.get(`${what} ${outcome}`) ?? 0) + 1);

/** Refreshes one session four times a second, as evenly as it is answered. */
async function refreshUntil(end: number, of: number, took: number[]): Promise<void> {
  await sleep(Math.random() * 250);
  while (performance.now() < end) {
    const begun = performance.now();
    const answer = await ask("refreshToken", { refreshToken: tokens[of] });
    took.push(performance.now() - begun);
    note("refresh", answer);
    tokens[of] = answer.data?.refreshToken?.refreshToken ?? tokens[of];
    await sleep(Math.max(0, 250 - (performance.now() - begun)));
  }
}

/** One of many who try without end, but for the seconds that they are told to wait. */
async function signInUntil(end: number): Promise<void> {
  await sleep(Math.random() * 1000);
  while (performance.now() < end) {
    // Unknown names cost the same work as known ones.
    const input = { email: `${randomBytes(6).toString("hex")}@example.com`, password: "a guess" };
    const answer = await ask("login", { input });
    note("sign-in", answer);
    await sleep((answer.retryAfter ?? 0) * 1000 * (0.75 + Math.random() / 2));
  }
}

const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

/** In milliseconds since the last look, without the 10 between two samples. */
async function eventLoopDelay(): Promise<number> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  const [, value] = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text) ?? [];
  return Number(value) * 1000 - 10;
}

async function phase(name: string, stormy: boolean): Promise<number> {
  await eventLoopDelay();
  const took: number[] = [];
  const end = performance.now() + seconds * 1000;
  const refreshing = tokens.map((_, of) => refreshUntil(end, of, took));
  const others = Array.from({ length: stormy ? storm : 0 }, () => signInUntil(end));
  await Promise.all([...refreshing, ...others]);
  const [p50, p99] = [percentile(took, 0.5), percentile(took, 0.99)];
  const figures = [p50, p99, await eventLoopDelay()].map((value) => value.toFixed(1).padStart(8));
  console.log(`${name.padEnd(12)}${figures.join("")}   ${took.length} refreshes`);
  return p99;
}

console.log(
  `            ${["p50", "p99", "loop p99"].map((name) => name.padStart(8)).join("")}   ms`,
);
await phase("warm-up", false);
const idle = await phase("idle", false);
const stormy = await phase("storm", true);
console.log(`p99 of refresh in the storm: ${(stormy / idle).toFixed(1)} times idle`);
for (const [what, count] of [...outcomes].sort()) console.log(`${what}: ${count}`);

await service.end("SIGTERM");
await postgres.stop();
rmSync(folder, { recursive: true, force: true });
rmSync(postgres.folder, { recursive: true, force: true });

import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { startEmbeddedDatabase } from "../src/database/embedded/index.js";
import { type Ask, askUrl } from "../test/support/ask.js";
import { startService } from "../test/support/service-process.js";

/**
 * How long a revoked session's access token is still accepted elsewhere: see README.md.
 *
 *     npm run bench:revocation -- [revocations] [replicas] [requests a second]
 */
const [revocations = 1000, replicas = 3, requestsPerSecond = 150] = process.argv
  .slice(2)
  .map(Number);

const secret = () => randomBytes(32).toString("base64");
const password = secret();

const folder = mkdtempSync(join(tmpdir(), "gatehouse-benchmark-"));
const postgres = await startEmbeddedDatabase({
  dataDir: folder,
  settings: { shared_preload_libraries: "pg_stat_statements" },
});
const database = new Client({
  connectionString: postgres.adminUrl.replace(/\/\w+$/, "/gatehouse"),
});
await database.connect();
await database.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");

const settings = {
  NODE_ENV: "test",
  DATABASE_URL: postgres.url,
  AUTH_SECRET: secret(),
  PASSWORD_PEPPER: secret(),
  PUBLIC_URL: "http://localhost:4000",
  BCRYPT_COST: "4",
  SESSIONS_PER_USER: "10000",
  RATE_LIMITS: "off",
  LOG_LEVEL: "info",
};
const services = await Promise.all(Array.from({ length: replicas }, () => startService(settings)));
const asks = services.map(({ url }) => askUrl(url));
const [here, ...elsewhere] = asks as [Ask, ...Ask[]];

interface SignedIn {
  accessToken: string;
  refreshToken: string;
  session: { id: string };
}

const credentials = { email: `${randomBytes(6).toString("hex")}@example.com`, password };

async function signIn(): Promise<SignedIn> {
  const { outcome, data } = await here("login", { input: credentials });
  if (outcome !== "ok") throw new Error(`login: ${outcome}`);
  return data.login;
}

async function signUp(): Promise<SignedIn> {
  const { outcome, data } = await here("register", { input: credentials });
  if (outcome !== "ok") throw new Error(`register: ${outcome}`);
  return data.register.auth;
}

let answered = 0;
let stop = false;

/** Refreshes and reads on all replicas in turn. */
async function load(session: SignedIn, everyMilliseconds: number): Promise<void> {
  let { accessToken, refreshToken } = session;
  for (let i = Math.floor(Math.random() * replicas); !stop; i++) {
    const ask = asks[i % replicas] as Ask;
    const began = performance.now();
    if (i % 4 === 0) {
      const { data } = await ask("refreshToken", { refreshToken });
      ({ accessToken, refreshToken } = data?.refreshToken ?? { accessToken, refreshToken });
    } else await ask("mySessions", {}, accessToken);
    answered++;
    await sleep(Math.max(0, everyMilliseconds - (performance.now() - began)));
  }
}

interface Delay {
  /** Until the first refusal was here: the time of the request itself is part of it. */
  refused: number;
  /** When the last request was sent that was still let in; 0: none was. */
  letIn: number;
}

async function untilRefused(ask: Ask, accessToken: string): Promise<Delay> {
  const began = performance.now();
  let letIn = 0;
  for (;;) {
    const sent = performance.now() - began;
    const { reason } = await ask("me", {}, accessToken);
    if (reason === "SESSION_ENDED") return { refused: performance.now() - began, letIn };
    letIn = sent;
  }
}

const owner = await signUp();
const victims: SignedIn[] = [];
while (victims.length < revocations) victims.push(await signIn());

// The load is other people's: mySessions of the owner would list all the victims.
Object.assign(credentials, { email: `${randomBytes(6).toString("hex")}@example.com` });
const workers = 20;
const sessions = [await signUp()];
while (sessions.length < workers) sessions.push(await signIn());
const everyMilliseconds = (workers / requestsPerSecond) * 1000;
const working = sessions.map((session) => load(session, everyMilliseconds));
await sleep(2000);

answered = 0;
const began = performance.now();
const delays: Delay[] = [];
const usual: number[] = [];
for (const victim of victims) {
  // What as many requests take here anyhow.
  const before = performance.now();
  await Promise.all(elsewhere.map((ask) => ask("me", {}, victim.accessToken)));
  usual.push(performance.now() - before);
  const { outcome } = await here("revokeSession", { id: victim.session.id }, owner.accessToken);
  if (outcome !== "ok") throw new Error(`revokeSession: ${outcome}`);
  delays.push(
    ...(await Promise.all(elsewhere.map((ask) => untilRefused(ask, victim.accessToken)))),
  );
}
const seconds = (performance.now() - began) / 1000;
const rate = answered / seconds;
stop = true;
await Promise.all(working);

function describe(name: string, values: number[]): void {
  values.sort((a, b) => a - b);
  const percentile = (p: number) => (values[Math.ceil(values.length * p) - 1] as number).toFixed(1);
  console.log(`${name}: p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, max ${percentile(1)} ms`);
}

console.log(
  `${revocations} revocations, ${replicas} replicas, ${rate.toFixed(0)} other requests/s`,
);
describe(
  "the last request that was still let in was sent after",
  delays.map(({ letIn }) => letIn),
);
describe(
  "the first refusal was there after",
  delays.map(({ refused }) => refused),
);
describe("a request that is let in takes", usual);
const never = delays.filter(({ letIn }) => letIn === 0).length;
console.log(`let in not once: ${((never / delays.length) * 100).toFixed(1)} %`);

const checks = 1000;
await database.query("SELECT pg_stat_statements_reset()");
for (let i = 0; i < checks; i++) await elsewhere[0]?.("me", {}, owner.accessToken);
const { rows } = await database.query<{ statement: string; calls: number }>(
  `SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS statement, calls::int
   FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid
   WHERE rolname = 'gatehouse' ORDER BY calls DESC`,
);
console.log(`${checks} times { me } on another replica, statements by pg_stat_statements:`);
for (const { statement, calls } of rows)
  console.log(`  ${String(calls).padStart(5)}  ${statement}`);

await Promise.all(services.map((service) => service.end("SIGTERM")));
await database.end();
await postgres.stop();
rmSync(folder, { recursive: true, force: true });
rmSync(postgres.folder, { recursive: true, force: true });

import { Agent, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { testSettings } from "../support/app.js";
import { createTestDatabase, type TestDatabase } from "../support/database.js";
import { type OperationName, operations } from "../support/operations.js";
import { newCredentials } from "../support/personas.js";
import { freePort, type Spawned, spawnMain } from "../support/spawned.js";

/** Slow enough for a sign-in to be under way when the signal comes. */
const bcryptCost = "13";

let database: TestDatabase;
let service: Spawned;
let port: number;
beforeEach(async () => {
  database = await createTestDatabase();
  port = await freePort();
  service = spawnMain({
    ...testSettings({ DATABASE_URL: database.url, BCRYPT_COST: bcryptCost, LOG_LEVEL: "info" }),
    RATE_LIMITS: "off",
    PORT: String(port),
  });
  await service.said(/listening at/);
}, 60_000);
afterEach(async () => {
  service.process.kill("SIGKILL");
  await database.close();
});

interface Outcome {
  /** `answered`, `told to come again`, `refused` before anything was sent, or what went wrong. */
  outcome: string;
  body: string;
}

async function readAnswer(answer: IncomingMessage): Promise<Outcome> {
  let body = "";
  for await (const chunk of answer) body += chunk;
  if (answer.statusCode === 200) return { outcome: "answered", body };
  const code = JSON.parse(body).errors[0].extensions.code;
  const cleanly =
    answer.statusCode === 503 &&
    code === "OVERLOADED" &&
    answer.headers["retry-after"] === "1" &&
    answer.headers.connection === "close";
  return { outcome: cleanly ? "told to come again" : `${answer.statusCode} ${code}`, body };
}

/** On a connection that is kept, as browsers and load balancers do. */
function ask(agent: Agent, operation: OperationName, variables: object = {}): Promise<Outcome> {
  const headers = { "content-type": "application/json" };
  return new Promise((resolve) => {
    const asking = request({ port, path: "/graphql", method: "POST", agent, headers }, (answer) =>
      resolve(
        readAnswer(answer).catch((error) => ({ outcome: `cut off: ${error.code}`, body: "" })),
      ),
    );
    asking.on("error", ({ code, message }: NodeJS.ErrnoException) =>
      resolve({ outcome: code === "ECONNREFUSED" ? "refused" : `${code} ${message}`, body: "" }),
    );
    asking.end(JSON.stringify({ query: operations[operation], variables }));
  });
}

const newAgent = () => new Agent({ keepAlive: true, maxSockets: 1 });

const cleanly = new Set(["answered", "told to come again", "refused"]);

/** Asks and asks, until nobody is there to be asked. */
async function askUntilRefused(outcomes: string[]): Promise<void> {
  const agent = newAgent();
  for (;;) {
    const { outcome } = await ask(agent, "me");
    outcomes.push(outcome);
    if (outcome !== "answered" && outcome !== "told to come again") return agent.destroy();
  }
}

test("asked to stop under load, it answers what was begun, refuses the rest cleanly, and is gone in seconds", async () => {
  const credentials = newCredentials();
  const input = { ...credentials, transport: "COOKIE" };
  expect((await ask(newAgent(), "register", { input })).outcome).toBe("answered");

  const outcomes: string[][] = Array.from({ length: 8 }, () => []);
  const working = outcomes.map(askUntilRefused);
  await sleep(300);
  const signIns = [1, 2].map(() => ask(newAgent(), "login", { input }));
  await sleep(300);
  service.process.kill("SIGTERM");
  const stopped = performance.now();

  for (const { outcome, body } of await Promise.all(signIns)) {
    expect(outcome).toBe("answered");
    expect(JSON.parse(body).data.login.user.email).toBe(credentials.email);
  }
  await Promise.all(working);
  expect(await service.exited).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(10_000);

  for (const seen of outcomes) {
    expect(seen[0]).toBe("answered");
    expect(seen.at(-1)).toBe("refused");
  }
  expect(outcomes.flat().filter((outcome) => !cleanly.has(outcome))).toEqual([]);
  expect(service.stderr()).toBe("");
  expect(service.stdout()).not.toMatch(/"level":(?:50|60)/);
  expect(service.stdout()).toMatch(
    /"event":"started"[^\n]*\n[\s\S]*"event":"stopping","signal":"SIGTERM"/,
  );
  const answered = outcomes.flat().filter((outcome) => outcome === "answered").length;
  const logged = service.stdout().match(/"event":"request".*"status":200/g)?.length;
  // And the registration and both sign-ins: no line of the log is left unwritten.
  expect(logged).toBe(answered + 3);
}, 60_000);

/** A connection of its own on which a request has been sent, whether or not it was accepted. */
async function sendOnNewConnection(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  const body = '{"query":"{ __typename }"}';
  const head = `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  await new Promise<void>((resolve) => socket.write(head + body, () => resolve()));
  return socket;
}

test("who has connected and asked before it was told to stop is answered, however many they are", async () => {
  const sockets = await Promise.all(Array.from({ length: 100 }, sendOnNewConnection));
  service.process.kill("SIGTERM");
  const answers = await Promise.all(sockets.map((socket) => text(socket)));
  const statuses = answers.map((answer) => answer.split(" ")[1]);
  expect(statuses.filter((status) => status !== "200" && status !== "503")).toEqual([]);
  expect(await service.exited).toBe(0);
}, 60_000);

/** As clients do that keep no connection, until nobody listens any more. */
async function askAnewUntilRefused(): Promise<string[]> {
  const outcomes: string[] = [];
  for (;;) {
    const { outcome } = await ask(new Agent(), "me");
    if (outcome === "refused") return outcomes;
    outcomes.push(outcome);
  }
}

test("clients that connect anew for each request are answered or refused, and never reset", async () => {
  const clients = Array.from({ length: 12 }, askAnewUntilRefused);
  await sleep(300);
  service.process.kill("SIGTERM");
  const outcomes = (await Promise.all(clients)).flat();
  expect(outcomes.length).toBeGreaterThan(clients.length);
  expect(outcomes.filter((outcome) => !/^(?:answered|told to come again)$/.test(outcome))).toEqual(
    [],
  );
  expect(await service.exited).toBe(0);
}, 60_000);

test("whoever asks on a connection that was open and idle is told to come again", async () => {
  const agent = newAgent();
  expect((await ask(agent, "me")).outcome).toBe("answered");
  const other = newAgent();
  expect((await ask(other, "me")).outcome).toBe("answered");
  service.process.kill("SIGTERM");
  await service.said(/"stopping"/);
  await sleep(150);
  expect((await ask(agent, "me")).outcome).toBe("told to come again");
  expect((await ask(agent, "me")).outcome).toBe("refused");
  other.destroy();
  expect(await service.exited).toBe(0);
}, 60_000);

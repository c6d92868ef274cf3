import { afterAll, afterEach, beforeAll, expect, jest, test } from "@jest/globals";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { webSocketAuth } from "../../src/apollo/index.js";
import { sessionEventsDocument } from "../../src/documents.js";
import { type Auth, createAuth, watchSessionEvents } from "../../src/index.js";
import { createSessionsStore } from "../../src/react/sessions-store.js";
import { Service } from "../browser/support/service.js";

// A start of the real service, beside other tests on two processors.
jest.setTimeout(120_000);

const password = "correct horse battery staple";
const service = new Service("http://localhost:4000", 4);
const stops: (() => unknown)[] = [];

beforeAll(() => service.start());
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
afterAll(() => service.remove());

async function until(condition: () => boolean, ms = 10_000): Promise<number> {
  const began = performance.now();
  while (!condition() && performance.now() - began < ms)
    await new Promise((done) => setTimeout(done, 10));
  expect(condition()).toBe(true);
  return performance.now() - began;
}

/** A device: a keeper with the refresh token in memory. */
function device(): Auth {
  const auth = createAuth({ url: `${service.address}/graphql`, transport: "BODY" });
  stops.push(() => auth.dispose());
  return auth;
}

function socketOf(auth: Auth) {
  const url = `${service.address.replace("http", "ws")}/graphql`;
  const socket = createClient({ url, webSocketImpl: WebSocket, ...webSocketAuth(auth) });
  // Where it is connecting just then, it tells that it never came to be.
  stops.push(async () => Promise.resolve(socket.dispose()).catch(() => undefined));
  return socket;
}

/** A device whose keeper is told what happens. */
async function watchedDevice(email: string, registers = false) {
  const auth = device();
  const log: string[] = [];
  auth.onAuthStateChange((event) => log.push(event));
  await (registers ? auth.register({ email, password }) : auth.signIn({ email, password }));
  const socket = socketOf(auth);
  let connections = 0;
  socket.on("connected", () => {
    connections += 1;
  });
  stops.push(watchSessionEvents(auth, socket));
  await until(() => connections === 1);
  return { auth, log, socket, connections: () => connections };
}

test("a session that is revoked on another device is signed out within a second", async () => {
  const email = "revoked@example.com";
  const here = await watchedDevice(email, true);
  const other = device();
  await other.signIn({ email, password });
  const id = here.auth.state.session?.id;
  await other.request("mutation End($id: ID!) { revokeSession(id: $id) { id } }", { id });
  const took = await until(() => here.auth.state.status === "signedOut");
  expect(took).toBeLessThan(1500);
  expect(here.log).toContain("SIGNED_OUT");
  expect(other.state.status).toBe("signedIn");
});

test("a profile that is changed on another device is USER_UPDATED here", async () => {
  const email = "renamed@example.com";
  const here = await watchedDevice(email, true);
  const other = device();
  await other.signIn({ email, password });
  await other.request('mutation { updateProfile(input: { firstName: "Ada" }) { id } }');
  await until(() => here.log.includes("USER_UPDATED"));
  expect(here.auth.state.user?.firstName).toBe("Ada");
});

test("the list of devices follows as they come and go, without being asked", async () => {
  const email = "devices@example.com";
  const here = await watchedDevice(email, true);
  const store = createSessionsStore(here.auth);
  stops.push(store.subscribe(() => {}));
  await until(() => store.getState().sessions?.length === 1);
  const other = device();
  await other.signIn({ email, password });
  expect(await until(() => store.getState().sessions?.length === 2)).toBeLessThan(1500);
  await other.signOut();
  expect(await until(() => store.getState().sessions?.length === 1)).toBeLessThan(1500);
});

test("a stream goes on past its access token: over a socket with the next one, and nothing is lost", async () => {
  const email = "lasting@example.com";
  const here = await watchedDevice(email, true);
  const events: unknown[] = [];
  const ends: unknown[] = [];
  here.socket.subscribe(
    { query: sessionEventsDocument },
    {
      next: ({ data }) => events.push(data),
      error: (error) => ends.push(error),
      complete: () => ends.push("complete"),
    },
  );
  await until(() => here.connections() >= 3, 20_000);
  expect(here.log.filter((event) => event === "TOKEN_REFRESHED").length).toBeGreaterThan(1);
  expect(ends).toEqual([]);
  const other = device();
  await other.signIn({ email, password });
  await until(() => events.length > 0);
  expect((await service.figures(email)).reuses).toBe(0);
});

test("a token that the service refuses is refreshed before the socket is opened again", async () => {
  const email = "refused@example.com";
  const auth = device();
  await auth.register({ email, password });
  const stale = await auth.getAccessToken();
  const given = [stale];
  const socket = socketOf({
    ...auth,
    get state() {
      return auth.state;
    },
    // One that this device takes for good, and the service does not.
    getAccessToken: async () => (given.length ? `${given.pop()}x` : auth.getAccessToken()),
    refresh: async () => auth.refresh(stale),
  });
  const results: unknown[] = [];
  const errors: unknown[] = [];
  let letIn = false;
  socket.on("connected", () => {
    letIn = true;
  });
  socket.subscribe(
    { query: sessionEventsDocument },
    { next: (result) => results.push(result), error: (error) => errors.push(error), complete() {} },
  );
  await until(() => letIn && auth.state.session?.rotations === 1);
  const other = device();
  // The stream is open once the service has read what was sent with the greeting.
  await new Promise((done) => setTimeout(done, 300));
  await other.signIn({ email, password });
  await until(() => results.length === 1);
  expect(errors).toEqual([]);
});

test("who is signed out is told so once, and does not knock again", async () => {
  const socket = socketOf(device());
  let closed = 0;
  socket.on("closed", () => {
    closed += 1;
  });
  const errors: { code?: number }[] = [];
  const auth = device();
  socket.subscribe(
    { query: sessionEventsDocument },
    { next() {}, error: (error) => errors.push(error as { code: number }), complete() {} },
  );
  await until(() => errors.length === 1);
  await new Promise((done) => setTimeout(done, 700));
  expect([closed, errors[0]?.code, auth.state.status]).toEqual([1, 4401, "loading"]);
});

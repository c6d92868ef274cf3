import { expect, test } from "@jest/globals";
import { pino } from "pino";
import { WebSocket } from "ws";
import { deferred } from "../../src/deferred.js";
import type { Services } from "../../src/services.js";
import {
  connectionsPerUser,
  createSessionEvents,
  type SessionEvents,
} from "../../src/session-events/session-events.js";
import { closeReasons } from "../../src/sockets/close-reason.js";
import type { Connection } from "../../src/sockets/connection.js";
import { letIn } from "../../src/sockets/let-in.js";
import { systemClock } from "../support/clock.js";

const visitor = { ip: null, userAgent: null, log: pino({ level: "silent" }) };

/** A replica that is deaf, and a database that answers when the test says so. */
function deafReplica() {
  const asked = deferred();
  const sessionEvents: SessionEvents = createSessionEvents({ clock: systemClock });
  const claims = { sub: "user", sid: "session", role: "USER", exp: Date.now() / 1000 + 60 };
  const services = {
    clock: systemClock,
    accessTokens: { verify: () => ({ ok: true, claims }) },
    revocation: { isHearing: () => false, ask: () => asked.promise },
    endedSessions: { has: () => false },
    metrics: { bearerChecksAsked: { inc: () => undefined } },
    sessionEvents,
  } as unknown as Services;
  return { services, sessionEvents, answer: asked.resolve, fail: asked.reject };
}

function connection(readyState: number = WebSocket.OPEN): Connection {
  const socket = { readyState, OPEN: WebSocket.OPEN };
  return { visitor, socket, closeAt: () => undefined } as unknown as Connection;
}

test("who has gone while the database was asked takes no place", async () => {
  const { services, sessionEvents, answer } = deafReplica();
  const all = Array.from({ length: connectionsPerUser }, () => connection(WebSocket.CLOSED));
  const refusals = Promise.all(all.map((each) => letIn(services, each, "Bearer x")));
  answer();
  expect(new Set(await refusals)).toEqual(new Set([closeReasons.goingAway]));
  const member = { userId: "user", sessionId: "session" };
  expect(sessionEvents.join(member, () => undefined)).toBeDefined();
});

test("whom the database vouches for is let in by a replica that is deaf", async () => {
  const { services, answer } = deafReplica();
  const here = connection();
  const refusal = letIn(services, here, "Bearer x");
  answer();
  expect([await refusal, here.listener?.member.sessionId]).toEqual([undefined, "session"]);
});

test("where the database cannot be asked nobody is let in", async () => {
  const { services, fail } = deafReplica();
  const here = connection();
  const refusal = letIn(services, here, "Bearer x");
  fail(new Error("away"));
  expect([await refusal, here.listener]).toEqual([closeReasons.overloaded, undefined]);
});

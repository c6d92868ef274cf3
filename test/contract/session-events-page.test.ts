import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { serverLimits } from "../../src/http/server-limits.js";
import {
  connectionsPerUser,
  streamsPerConnection,
} from "../../src/session-events/session-events.js";
import { closeReasons } from "../../src/sockets/close-reason.js";

const page = readFileSync("docs/session-events.md", "utf8");
const flat = (file: string) => readFileSync(file, "utf8").replace(/\s+/g, " ");

test("docs/session-events.md names every reason for which a socket is closed, and no other", () => {
  const rows = [...page.matchAll(/^\| (\d{4}) \| `([^`]+)` \|/gm)].map(([, code, reason]) => [
    Number(code),
    reason,
  ]);
  const reasons = Object.values(closeReasons).map(({ code, reason }) => [code, reason]);
  expect(rows).toEqual(reasons);
});

test("a reason fits into a close frame", () => {
  for (const { reason } of Object.values(closeReasons))
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
});

test("the bounds of sockets are those that the pages name", () => {
  const { sockets, socketBytes, socketInit, socketPing, socketMessages } = serverLimits;
  expect(flat("docs/session-events.md")).toContain(
    `more than ${socketMessages} in ${socketPing / 1000} s`,
  );
  expect(page).toContain(`| 4408 | no \`connection_init\` within ${socketInit / 1000} s |`);
  expect(page).toContain(`| 1009 | a message above ${socketBytes / 1024} kB |`);
  expect(flat("docs/limits.md")).toContain(
    `Each replica takes ${sockets} at once, ${connectionsPerUser} of one user, with ${streamsPerConnection} subscriptions each; messages of at most ${socketBytes / 1024} kB, ${socketMessages} in ${socketPing / 1000} s; ${socketInit / 1000} s to say who it is`,
  );
  expect(flat("README.md")).toContain(
    `of WebSockets ${sockets}, ${connectionsPerUser} of one user.`,
  );
});

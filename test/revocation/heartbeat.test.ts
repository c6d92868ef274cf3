import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { Pool } from "pg";
import { type Heartbeat, startHeartbeat } from "../../src/revocation/heartbeat.js";

/** What was sent, in place of a pool. */
let sent: string[];
let onUnheard: jest.Mock<() => void>;
let heartbeat: Heartbeat;

beforeEach(() => {
  jest.useFakeTimers();
  sent = [];
  onUnheard = jest.fn();
  const client = {
    query: async ({ values }: { values: string[] }) => void sent.push(values[1] as string),
    release: () => undefined,
  };
  const pool = { connect: async () => client } as unknown as Pool;
  heartbeat = startHeartbeat({ pool, onUnheard });
});
afterEach(async () => {
  await heartbeat.stop();
  jest.useRealTimers();
});

const pass = (milliseconds: number) => jest.advanceTimersByTimeAsync(milliseconds);
const hearLast = () => heartbeat.receive(sent.at(-1) as string);

test("is heard for two seconds from when the beat was sent", async () => {
  heartbeat.restart();
  await pass(0);
  await pass(500);
  hearLast();
  expect(heartbeat.lagSeconds()).toBeCloseTo(0.5);
  await pass(1490);
  expect(heartbeat.isHeard()).toBe(true);
  await pass(20);
  expect(heartbeat.isHeard()).toBe(false);
});

test("a beat that was committed but not heard gives the listener up, others do not", async () => {
  heartbeat.restart();
  for (let second = 0; second < 5; second++) {
    await pass(1000);
    hearLast();
  }
  expect(onUnheard).not.toHaveBeenCalled();
  await pass(4000);
  expect(onUnheard).toHaveBeenCalledTimes(1);
});

test("a listener that still reads what has ended is not given up, however long that takes", async () => {
  await pass(30_000);
  expect(sent.length).toBe(30);
  expect(onUnheard).not.toHaveBeenCalled();
});

test("what arrives from a former connection, or was never sent, is not heard", async () => {
  heartbeat.restart();
  await pass(0);
  const former = sent.at(-1) as string;
  heartbeat.silence();
  heartbeat.receive(former);
  heartbeat.receive("4711");
  heartbeat.receive("nonsense");
  expect(heartbeat.isHeard()).toBe(false);
});

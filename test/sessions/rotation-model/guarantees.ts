import fc from "fast-check";
import type { RotationWindows } from "../../../src/sessions/rotation.js";
import type { Transport } from "./honest-client.js";
import { refreshUntilDefinite, type ThiefTurn } from "./hunt.js";
import { perform } from "./perform.js";
import { type Step, type StepName, schedules, thiefKeys } from "./steps.js";
import { World, type WorldOptions } from "./world.js";

const messagesAndTabs = [
  "refresh",
  "refresh promptly",
  "request arrives",
  "request is lost",
  "answer lands",
  "answer is lost",
  "tab crashes",
  "time passes",
] as const satisfies StepName[];

/** Whatever may happen to an honest client; a body client has no jar. */
const honestSteps = (transport: Transport): StepName[] => [
  ...messagesAndTabs,
  "fail-over",
  ...(transport === "COOKIE" ? (["power cut"] as const) : []),
];

const weekendMs = 3 * 86_400_000;
const quarterHourMs = 900_000;

function check(holds: boolean, what: string, world: World): void {
  if (!holds) throw new Error(`${what}\n  ${world.story.join("\n  ")}`);
}

/** An honest client after any schedule, a closed lid and a weekend is still signed in. */
export const honestClientStaysSignedIn = (transport: Transport, windows?: RotationWindows) =>
  fc.property(
    fc.integer({ min: 1, max: 3 }),
    schedules(honestSteps(transport), 40),
    (tabs, steps) => {
      const world = new World({ transport, tabs, windows });
      for (const step of steps) perform(world, step);
      world.network.loseEverything();
      world.wait(weekendMs);
      const tookMs = refreshUntilDefinite(world);
      check(!world.server.hasEnded && !world.client.isSignedOut, "signed out", world);
      check(tookMs === 0, "not answered at once", world);
    },
  );

export interface Hunt extends WorldOptions {
  loot: "token" | "token and pending key";
  thief: "thief refreshes" | "thief refreshes with a new key";
  withFailOver?: boolean;
  /** Orders of new tokens that must not come about: V the victim's, T the thief's. */
  forbidden: RegExp;
}

/** The victim asks until the answer is definite: two late windows, and the last pause. */
const longestHuntMs = 122_000;

function checkGains(world: World, { forbidden }: Hunt): void {
  check(!forbidden.test(world.gains), `the tokens went ${world.gains}`, world);
}

/** Four refreshes of the victim, a quarter of an hour apart; the thief acts before and during them. */
function huntDown(world: World, hunt: Hunt, turns: ThiefTurn[]): void {
  world.network.loseEverything();
  for (const turn of turns) {
    if (world.server.hasEnded) return;
    const tookMs = refreshUntilDefinite(world, turns);
    check(tookMs <= longestHuntMs, `found after ${tookMs} ms`, world);
    checkGains(world, hunt);
    checkEnding(world, turn);
    world.wait(quarterHourMs);
    world.theft(turn.keys);
    checkGains(world, hunt);
  }
}

/** Found means over for both. */
function checkEnding(world: World, { keys }: ThiefTurn): void {
  if (!world.client.isSignedOut) return;
  check(world.server.hasEnded, "the victim is out, the session lives", world);
  check(world.theft(keys)?.kind === "refused", "the thief lives on", world);
}

/**
 * A thief copies what `loot` says after some schedule. A copy from a jar that has been set back is
 * left out: it carries the keys of two rotations.
 */
export function thiefIsFound(hunt: Hunt) {
  const before: StepName[] = honestSteps(hunt.transport).filter(
    (name) => name !== "fail-over" || hunt.withFailOver,
  );
  const after: StepName[] = [
    ...messagesAndTabs,
    hunt.thief,
    ...(hunt.withFailOver ? (["fail-over"] as const) : []),
  ];
  const keys = hunt.thief === "thief refreshes" ? thiefKeys : fc.constant(newKey);
  const turns = fc.array(fc.record({ afterMs: fc.nat({ max: 70_000 }), keys }), {
    minLength: 4,
    maxLength: 4,
  });
  return fc.property(
    fc.integer({ min: 1, max: 2 }),
    schedules(before, 8),
    schedules(after, 16),
    turns,
    (tabs, prelude, steps, thiefTurns) => {
      const world = new World({ ...hunt, tabs });
      for (const step of prelude) perform(world, step);
      if (hunt.transport === "COOKIE" && world.client.jar !== world.client.marker) return;
      world.steal(hunt.loot);
      performWatched(world, hunt, steps);
      if (world.gains.includes("T")) huntDown(world, hunt, thiefTurns);
    },
  );
}

const newKey = { key: "new", previous: "none" } as const;

function performWatched(world: World, hunt: Hunt, steps: Step[]): void {
  for (const step of steps) {
    perform(world, step);
    checkGains(world, hunt);
  }
}

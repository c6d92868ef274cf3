import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { honestClientStaysSignedIn, thiefIsFound } from "./rotation-model/guarantees.js";
import type { Transport } from "./rotation-model/honest-client.js";
import { Scene } from "./rotation-model/scene.js";
import { SimpleClient } from "./rotation-model/simple-client.js";

const transports: Transport[] = ["BODY", "COOKIE"];
const noTabWindow = { tabWindowSeconds: 0, lateWindowSeconds: 60 };

/** A new seed each time; a counterexample comes with its seed, its path and its story. */
const runs = { numRuns: 5000 };

describe("An honest client that keeps the client rules is never signed out by lost, late, doubled or overtaken messages, tabs, restarts or a fail-over", () => {
  test.each(transports)("transport %s", (transport) => {
    fc.assert(honestClientStaysSignedIn(transport), { numRuns: 10_000 });
  });

  test.each(transports)("transport %s, also with the tab window off", (transport) => {
    fc.assert(honestClientStaysSignedIn(transport, noTabWindow), runs);
  });

  test.each(transports)(
    "but the search finds a sign-out without the late window: %s",
    (transport) => {
      const noLateWindow = { tabWindowSeconds: 10, lateWindowSeconds: 0 };
      const { failed } = fc.check(honestClientStaysSignedIn(transport, noLateWindow), runs);
      expect(failed).toBe(true);
    },
  );
});

describe.each(transports)("A thief (transport %s)", (transport) => {
  const anyKeys = { transport, thief: "thief refreshes", windows: noTabWindow } as const;
  const newKeys = { transport, thief: "thief refreshes with a new key" } as const;

  test("with the token is found at the victim's next refresh, at most two late windows later", () => {
    const hunt = { loot: "token", forbidden: /TV/ } as const;
    fc.assert(thiefIsFound({ ...anyKeys, ...hunt }), runs);
    fc.assert(thiefIsFound({ ...newKeys, ...hunt }), runs);
  });

  test("with token and pending key is found one rotation later", () => {
    const hunt = { loot: "token and pending key", forbidden: /TV+TV|TVV+T/ } as const;
    fc.assert(thiefIsFound({ ...anyKeys, ...hunt }), runs);
    fc.assert(thiefIsFound({ ...newKeys, ...hunt }), runs);
  });

  test("with the token is found across a fail-over at the next use by either", () => {
    const hunt = { loot: "token", withFailOver: true, forbidden: /TV+T/ } as const;
    fc.assert(thiefIsFound({ ...anyKeys, ...hunt }), runs);
  });

  test("with token and pending key is found across a fail-over one rotation after that", () => {
    const hunt = {
      loot: "token and pending key",
      withFailOver: true,
      forbidden: /TV+TV+TV/,
    } as const;
    fc.assert(thiefIsFound({ ...anyKeys, ...hunt }), runs);
  });
});

describe("A simple client, which knows no client rules", () => {
  const constantKeys = fc.constantFrom(undefined, "always the same");

  test("converges in all its tabs when they refresh within the tab window", () => {
    const waits = fc.array(fc.double({ min: 0, max: 3.3, noNaN: true }), { maxLength: 3 });
    fc.assert(
      fc.property(constantKeys, fc.nat({ max: 3 }), waits, (key, earlier, pauses) => {
        const scene = new Scene();
        for (let i = 0; i < earlier; i++) scene.ask(i, key);
        const first = scene.ask(earlier, key);
        for (const pause of pauses.slice(0, 3)) {
          scene.wait(pause);
          expect(scene.ask(earlier, key)).toBe(first);
        }
      }),
    );
  });

  test("with a constant key hides no thief who knows that key", () => {
    const turns = fc.array(
      fc.record({
        who: fc.constantFrom("V", "T"),
        afterSeconds: fc.integer({ min: 10, max: 900 }),
      }),
      { maxLength: 12, size: "max" },
    );
    fc.assert(
      fc.property(turns, (schedule) => {
        const scene = new Scene();
        const [victim, thief] = [new SimpleClient("k"), new SimpleClient("k")];
        let gains = "";
        for (const { who, afterSeconds } of schedule) {
          scene.wait(afterSeconds);
          const client = who === "V" ? victim : thief;
          const before = client.holds;
          client.read(scene.answer(client.request()));
          if (client.holds > before) gains += who;
        }
        expect(gains).not.toMatch(/T+V+T+V|T+VV+T/);
      }),
      runs,
    );
  });
});

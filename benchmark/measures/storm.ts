import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { askUrl, type Reply } from "../../test/support/ask.js";
import type { Bench } from "../bench.js";
import { percentile } from "../support/statistics.js";

/** Of a refresh, milliseconds. */
export interface Phase {
  p50: number;
  p99: number;
  /** p99 of the event loop's delay in the service, without the 10 ms between two samples. */
  eventLoop: number;
  refreshes: number;
}

export interface StormFigures {
  idle: Phase;
  storm: Phase;
  /** How often what was answered in what way: "sign-in OVERLOADED". */
  outcomes: Record<string, number>;
}

const signIns = 200;
const refreshesPerSecond = 300;
/** Each session refreshes four times a second, below LIMIT_REFRESH. */
const everyMilliseconds = 250;
const sessions = (refreshesPerSecond * everyMilliseconds) / 1000;
const shortestSeconds = 10;

/** What everybody does, and how it went. */
function openCrowd(url: string, tokens: string[]) {
  const ask = askUrl(url);
  const outcomes: Record<string, number> = {};
  const note = (what: string, { outcome }: Reply) => {
    outcomes[`${what} ${outcome}`] = (outcomes[`${what} ${outcome}`] ?? 0) + 1;
  };

  return {
    outcomes,
    /** Refreshes one session, as evenly as it is answered. */
    async refreshUntil(end: number, of: number, took: number[]): Promise<void> {
      await sleep(Math.random() * everyMilliseconds);
      while (performance.now() < end) {
        const begun = performance.now();
        const answer = await ask("refreshToken", { refreshToken: tokens[of] });
        took.push(performance.now() - begun);
        note("refresh", answer);
        tokens[of] = answer.data?.refreshToken?.refreshToken ?? tokens[of];
        await sleep(Math.max(0, everyMilliseconds - (performance.now() - begun)));
      }
    },
    /** One of many who try without end, but for the seconds that they are told to wait. */
    async signInUntil(end: number): Promise<void> {
      await sleep(Math.random() * 1000);
      while (performance.now() < end) {
        // Unknown names cost the same work as known ones.
        const email = `${randomBytes(6).toString("hex")}@example.com`;
        const answer = await ask("login", { input: { email, password: "a guess" } });
        note("sign-in", answer);
        await sleep((answer.retryAfter ?? 0) * 1000 * (0.75 + Math.random() / 2));
      }
    },
  };
}

/** Who is told OVERLOADED comes again, and is counted in the table. */
const isLost = (what: string) => /^refresh (?!ok$|OVERLOADED$)/.test(what);

/** Since the last look. */
async function eventLoopDelay(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const [, value] = /^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text) ?? [];
  return Number(value) * 1000 - 10;
}

/**
 * What a storm of sign-ins does to everybody's refresh. The service may use every processor, as where
 * it is run: by default it leaves one of them free of hashing.
 */
export async function measureStorm(bench: Bench): Promise<StormFigures> {
  const running = await bench.start({ name: "gatehouse", seeds: sessions, anywhere: true });
  const { url, cases } = running.contender;
  const crowd = openCrowd(url, [...(cases.refresh?.seeds ?? [])]);
  const seconds = Math.max(shortestSeconds, bench.options.seconds);

  async function phase(name: string, stormy: boolean): Promise<Phase> {
    await eventLoopDelay(url);
    const took: number[] = [];
    const end = performance.now() + seconds * 1000;
    const refreshing = Array.from({ length: sessions }, (_, of) =>
      crowd.refreshUntil(end, of, took),
    );
    const others = Array.from({ length: stormy ? signIns : 0 }, () => crowd.signInUntil(end));
    await Promise.all([...refreshing, ...others]);
    const [p50, p99] = [percentile(took, 0.5), percentile(took, 0.99)];
    bench.say(`${name}: refresh p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
    return { p50, p99, eventLoop: await eventLoopDelay(url), refreshes: took.length };
  }

  await phase("before the storm, warm-up", false);
  const idle = await phase("before the storm", false);
  const storm = await phase("in the storm", true);
  await running.contender.end();
  const lost = Object.keys(crowd.outcomes).filter(isLost);
  if (lost.length > 0) throw new Error(`in the storm: ${JSON.stringify(crowd.outcomes)}`);
  return { idle, storm, outcomes: crowd.outcomes };
}

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Ask, askUrl } from "../../test/support/ask.js";
import { startService } from "../../test/support/service-process.js";
import type { Bench } from "../bench.js";
import { secret } from "../contenders/support/settings.js";
import { percentile } from "../support/statistics.js";

interface Delay {
  /** Until the first refusal was here: the time of the request itself is part of it. */
  refused: number;
  /** When the last request was sent that was still let in; 0: none was. */
  letIn: number;
}

/** Milliseconds. */
export interface RevocationFigures {
  revocations: number;
  replicas: number;
  otherRequestsPerSecond: number;
  letIn: Spread;
  refused: Spread;
  /** What as many requests take that are let in. */
  usual: Spread;
  /** Of all, where no request was let in after the answer. */
  neverLetIn: number;
}

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

interface SignedIn {
  accessToken: string;
  refreshToken: string;
  session: { id: string };
}

const replicas = 3;
const otherRequestsPerSecond = 150;
const others = 20;

const spread = (values: readonly number[]): Spread => ({
  p50: percentile(values, 0.5),
  p99: percentile(values, 0.99),
  max: Math.max(...values),
});

const settingsFor = (url: string) => ({
  NODE_ENV: "test",
  DATABASE_URL: url,
  AUTH_SECRET: secret(),
  PASSWORD_PEPPER: secret(),
  PUBLIC_URL: "http://localhost:4000",
  BCRYPT_COST: "4",
  SESSIONS_PER_USER: "10000",
  RATE_LIMITS: "off",
  LOG_LEVEL: "info",
});

/** A person with so many sessions. */
async function signUp(ask: Ask, sessions: number): Promise<SignedIn[]> {
  const input = { email: `${randomBytes(6).toString("hex")}@example.com`, password: secret() };
  const { outcome, data } = await ask("register", { input });
  if (outcome !== "ok") throw new Error(`register: ${outcome}`);
  const signedIn: SignedIn[] = [data.register.auth];
  while (signedIn.length < sessions) {
    const answer = await ask("login", { input });
    if (answer.outcome !== "ok") throw new Error(`login: ${answer.outcome}`);
    signedIn.push(answer.data.login);
  }
  return signedIn;
}

/** Refreshes and reads on all replicas in turn, until it is told to stop. */
function startLoad(asks: readonly Ask[], sessions: readonly SignedIn[]) {
  const everyMilliseconds = (sessions.length / otherRequestsPerSecond) * 1000;
  let answered = 0;
  let stopped = false;

  async function work({ accessToken, refreshToken }: SignedIn): Promise<void> {
    for (let turn = Math.floor(Math.random() * asks.length); !stopped; turn++) {
      const ask = asks[turn % asks.length] as Ask;
      const began = performance.now();
      if (turn % 4 === 0) {
        const { data } = await ask("refreshToken", { refreshToken });
        ({ accessToken, refreshToken } = data?.refreshToken ?? { accessToken, refreshToken });
      } else await ask("mySessions", {}, accessToken);
      answered++;
      await sleep(Math.max(0, everyMilliseconds - (performance.now() - began)));
    }
  }

  const working = Promise.all(sessions.map(work));
  return {
    answered: () => answered,
    async stop() {
      stopped = true;
      await working;
    },
  };
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

/** Revokes one after the other here, and asks elsewhere until it is refused there. */
async function revokeAll(asks: readonly Ask[], owner: SignedIn, victims: readonly SignedIn[]) {
  const [here, ...elsewhere] = asks as [Ask, ...Ask[]];
  const delays: Delay[] = [];
  const usual: number[] = [];
  for (const { accessToken, session } of victims) {
    const before = performance.now();
    await Promise.all(elsewhere.map((ask) => ask("me", {}, accessToken)));
    usual.push(performance.now() - before);
    const { outcome } = await here("revokeSession", { id: session.id }, owner.accessToken);
    if (outcome !== "ok") throw new Error(`revokeSession: ${outcome}`);
    delays.push(...(await Promise.all(elsewhere.map((ask) => untilRefused(ask, accessToken)))));
  }
  return { delays, usual };
}

/** How long an access token of a revoked session is still let in on other replicas. */
export async function measureRevocation(bench: Bench): Promise<RevocationFigures> {
  const { revocations } = bench.options;
  bench.pins.shareAll();
  const settings = settingsFor((await bench.createDatabase()).url);
  const services = await Promise.all(
    Array.from({ length: replicas }, () => startService(settings)),
  );
  try {
    const asks = services.map(({ url }) => askUrl(url));
    const [owner, ...victims] = await signUp(asks[0] as Ask, revocations + 1);
    // The load is other people's: mySessions of the owner would list all the victims.
    const load = startLoad(asks, await signUp(asks[0] as Ask, others));
    await sleep(2000);
    const [answered, began] = [load.answered(), performance.now()];
    const { delays, usual } = await revokeAll(asks, owner as SignedIn, victims);
    const seconds = (performance.now() - began) / 1000;
    const otherRequestsPerSecond = (load.answered() - answered) / seconds;
    await load.stop();
    const letIn = delays.map((delay) => delay.letIn);
    return {
      ...{ revocations, replicas, otherRequestsPerSecond },
      letIn: spread(letIn),
      refused: spread(delays.map(({ refused }) => refused)),
      usual: spread(usual),
      neverLetIn: letIn.filter((at) => at === 0).length / letIn.length,
    };
  } finally {
    await Promise.all(services.map((service) => service.end("SIGTERM")));
  }
}

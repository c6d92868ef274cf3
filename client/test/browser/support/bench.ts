import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { build } from "esbuild";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launch } from "./chromium.js";
import { Front } from "./front.js";
import type { App } from "./page.js";
import { type Figures, Service } from "./service.js";

declare global {
  interface Window {
    app: App;
    /** For a test's own use. */
    ticks: number[];
  }
}

export interface Setting {
  transport: "COOKIE" | "BODY";
  /** How much longer than true the page takes a token to live. */
  trust?: number;
  /** Runs in every page before anything else. */
  before?: string;
}

export const accessTokenSeconds = 2;
const password = "correct horse battery staple";

/** The real service, the app's host and a Chromium, for a file of proofs. */
export class Bench {
  private constructor(
    readonly browser: Browser,
    readonly front: Front,
    readonly service: Service,
  ) {}

  static async open(chromium: string): Promise<Bench> {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, "page.ts")],
      bundle: true,
      format: "esm",
      write: false,
      define: { "globalThis.__DEV__": "false" },
    });
    const front = new Front(bundle.outputFiles[0]?.text ?? "");
    await front.start();
    const service = new Service(front.url, accessTokenSeconds);
    const bench = new Bench(await launch(chromium), front, service);
    await service.start().catch(async (error) => {
      await bench.close();
      throw error;
    });
    front.target = service.address;
    return bench;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.front.stop();
    await this.service.remove();
  }

  /** The same person on another device; what it gives back asks the service in their name. */
  async signIn(email: string): Promise<(query: string) => Promise<unknown>> {
    const post = async (query: string, variables: object, accessToken?: string) => {
      const response = await fetch(`${this.front.url}/graphql`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(accessToken && { authorization: `Bearer ${accessToken}` }),
        },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = await response.json();
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    };
    const signIn = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }";
    const { login } = await post(signIn, { input: { email, password } });
    return (query) => post(query, {}, login.accessToken);
  }

  /** A browser of its own with somebody signed in, in the first of so many tabs. */
  async visit(setting: Setting, tabs: number): Promise<Visit> {
    const context = await this.browser.newContext();
    if (setting.before) await context.addInitScript(setting.before);
    const visit = new Visit(this, context, setting);
    const first = await visit.open();
    const input = { email: visit.email, password };
    await first.evaluate((registration) => window.app.auth.register(registration), input);
    while (visit.pages.length < tabs) await visit.open();
    this.front.refreshes = [];
    return visit;
  }
}

/** Finds the page's process; the result puts it to sleep, locks and all, and gives how to wake it. */
export async function sleeperOf(page: Page): Promise<() => () => void> {
  await page.evaluate(() => setInterval(() => window.ticks.push(performance.now()), 50));
  for (const pid of await renderersOf(page)) {
    const before = await page.evaluate(() => performance.now());
    process.kill(pid, "SIGSTOP");
    await sleep(1000);
    process.kill(pid, "SIGCONT");
    if ((await longestGapMs(page, before)) < 900) continue;
    return () => {
      process.kill(pid, "SIGSTOP");
      return () => void process.kill(pid, "SIGCONT");
    };
  }
  throw new Error("none of the browser's processes renders the page");
}

/** The longest time since then in which the page did nothing. */
export const longestGapMs = (page: Page, sinceMs: number): Promise<number> =>
  page.evaluate((since) => {
    const ticks = [since, ...window.ticks.filter((tick) => tick > since), performance.now()];
    return Math.max(...ticks.map((tick, index) => tick - (ticks[index - 1] ?? tick)));
  }, sinceMs);

/** All renderers, first those that work while the page does. */
async function renderersOf(page: Page): Promise<number[]> {
  const devtools = await page.context().browser()?.newBrowserCDPSession();
  const cpuTimes = async () => {
    const { processInfo } = (await devtools?.send("SystemInfo.getProcessInfo")) ?? {
      processInfo: [],
    };
    const renderers = processInfo.filter(({ type }) => type === "renderer");
    return new Map(renderers.map(({ id, cpuTime }) => [id, cpuTime]));
  };
  const before = await cpuTimes();
  await page.evaluate(() => {
    const end = performance.now() + 300;
    while (performance.now() < end);
  });
  const worked = [...(await cpuTimes())].map(
    ([pid, cpuTime]) => [pid, cpuTime - (before.get(pid) ?? 0)] as const,
  );
  return worked.sort(([, a], [, b]) => b - a).map(([pid]) => pid);
}

/** One person's browser. */
export class Visit {
  readonly email = `${randomUUID()}@example.com`;
  readonly pages: Page[] = [];

  constructor(
    private readonly bench: Bench,
    readonly context: BrowserContext,
    private readonly setting: Setting,
  ) {}

  async open(): Promise<Page> {
    const { transport, trust = 1 } = this.setting;
    const page = await this.context.newPage();
    const query = `transport=${transport}&trust=${trust}&tab=${this.pages.length}`;
    await page.goto(`${this.bench.front.url}/?${query}`);
    await page.waitForFunction(() => window.app?.auth.state.status !== "loading");
    this.pages.push(page);
    return page;
  }

  /** Each tab's status, once it has settled on this one or time is up. */
  async statuses(expected: string, pages = this.pages): Promise<string[]> {
    return Promise.all(
      pages.map(async (page) => {
        const isExpected = (status: string) => window.app.auth.state.status === status;
        await page.waitForFunction(isExpected, expected, { timeout: 8000 }).catch(() => {});
        return page.evaluate(() => window.app.auth.state.status);
      }),
    );
  }

  /** Ten operations in each tab, in rounds, for so long; the tally of all. */
  async operate(ms: number, pages = this.pages): Promise<Record<string, number>> {
    const all = await Promise.all(
      pages.map((page) => page.evaluate((time) => window.app.keepOperating(10, time), ms)),
    );
    const tally: Record<string, number> = {};
    for (const [result, times] of all.flatMap((one) => Object.entries(one)))
      tally[result] = (tally[result] ?? 0) + times;
    return tally;
  }

  /** Every event of every tab that is still there. */
  async events(): Promise<string[]> {
    const pages = this.pages.filter((page) => !page.isClosed());
    return (await Promise.all(pages.map((page) => page.evaluate(() => window.app.events)))).flat();
  }

  figures(): Promise<Figures> {
    return this.bench.service.figures(this.email);
  }

  async leave(): Promise<void> {
    await this.context.close();
  }
}

export const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

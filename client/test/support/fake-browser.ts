import { type Auth, type AuthOptions, createAuth } from "../../src/index.js";
import { type FakeServer, failure } from "./fake-server.js";

/** Where its pages are. */
export const origin = "http://localhost";

type Globals = Record<string, unknown>;

/**
 * A browser with tabs, as far as the keeper sees one: storage, cookie jar, Web Locks, channels and
 * events. All tabs live in this process, so it stands in the globals while they are made and used.
 */
export class FakeBrowser {
  jar: string | undefined;
  /** What storage held when each refresh left. */
  readonly recordsAtRefresh: unknown[] = [];
  readonly items = new Map<string, string>();
  readonly locks = new FakeLocks();
  /** Cookies that script wrote. */
  readonly cookies = new Map<string, string>();
  readonly document = Object.assign(new EventTarget(), { hidden: false, cookie: "" });
  readonly events = new EventTarget();
  private readonly channels = new Set<FakeChannel>();
  private readonly tabs: Auth[] = [];
  private readonly before: Globals = {};
  readonly storage = {
    getItem: (key: string) => this.items.get(key) ?? null,
    setItem: (key: string, value: string) => {
      this.items.set(key, value);
      this.tellStorage(key);
    },
    removeItem: (key: string) => void this.items.delete(key),
  };

  constructor(
    private readonly server: FakeServer,
    { webLocks = true } = {},
  ) {
    const { channels, cookies, events } = this;
    Object.defineProperty(this.document, "cookie", {
      get: () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      set: (text: string) => {
        const [name = "", value = ""] = text.split(";")[0]?.split("=") ?? [];
        cookies.set(name, value);
      },
    });
    const globals: Globals = {
      localStorage: this.storage,
      document: this.document,
      window: {},
      location: { protocol: "http:", origin },
      Request: class extends Request {
        constructor(input: RequestInfo | URL, init?: RequestInit) {
          super(typeof input === "string" ? new URL(input, origin) : input, init);
        }
      },
      fetch: this.fetch(),
      navigator: { onLine: true, locks: webLocks ? this.locks : undefined },
      addEventListener: events.addEventListener.bind(events),
      BroadcastChannel: class extends FakeChannel {
        constructor(name: string) {
          super(name, channels);
        }
      },
    };
    for (const [name, value] of Object.entries(globals)) {
      this.before[name] = Object.getOwnPropertyDescriptor(globalThis, name);
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }

  open(options: Partial<AuthOptions> = {}, mayAnswer = () => true): Auth {
    const fetch = this.fetch(mayAnswer);
    return this.adopt(createAuth({ url: "/graphql", fetch, ...options }));
  }

  /** A tab that is closed with the browser. */
  adopt<Tab extends Auth>(tab: Tab): Tab {
    this.tabs.push(tab);
    return tab;
  }

  /** A page that is gone: whatever was under way is never answered. */
  openThatCanDie(options: Partial<AuthOptions> = {}) {
    let alive = true;
    const tab = this.open(options, () => alive);
    return {
      tab,
      die: () => {
        alive = false;
        tab.dispose();
        this.locks.release();
      },
    };
  }

  record() {
    return JSON.parse(this.items.get("gatehouse") ?? "{}");
  }

  /** What other tabs hear of a change of storage; here the writer hears it too. */
  private tellStorage(key: string): void {
    queueMicrotask(() => this.events.dispatchEvent(Object.assign(new Event("storage"), { key })));
  }

  close(): void {
    for (const tab of this.tabs) tab.dispose();
    for (const [name, descriptor] of Object.entries(this.before)) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor as PropertyDescriptor);
      else delete (globalThis as Globals)[name];
    }
  }

  fetch(mayAnswer = () => true): typeof fetch {
    const send = async (input: unknown, options?: RequestInit): Promise<Response> => {
      const request = new Request(input as string, options);
      const { signal } = request;
      const { server } = this;
      const never = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => mayAnswer() && reject(new Error("aborted")));
      });
      const { query, variables } = JSON.parse(await request.text());
      const operation = /(?:query|mutation) (\w+)/.exec(query)?.[1] ?? "";
      if (operation === "Refresh") this.recordsAtRefresh.push(this.record());
      const mishap = server.mishaps.shift();
      if (!mayAnswer() || server.hangs) return never;
      if (server.isDown || mishap === "requestLost") throw new TypeError("fetch failed");
      const bearer = request.headers.get("authorization")?.slice("Bearer ".length);
      const cookie = request.credentials !== "omit" ? this.jar : undefined;
      const answer =
        typeof mishap === "object"
          ? failure(mishap.code, mishap)
          : server.handle({ operation, variables, bearer }, cookie);
      await Promise.race([never, new Promise((done) => setTimeout(done, server.latencyMs))]);
      if (!mayAnswer()) return never;
      if (mishap === "replyLost") throw new TypeError("fetch failed");
      if ("setCookie" in answer && answer.setCookie !== undefined)
        this.jar = answer.setCookie || undefined;
      const text = mishap === "cutAfterHeaders" ? brokenStream() : JSON.stringify(answer.body);
      return new Response(text, { headers: { "content-type": "application/json" } });
    };
    return send as typeof fetch;
  }
}

const brokenStream = () =>
  new ReadableStream({ start: (controller) => controller.error(new TypeError("cut")) });

class FakeChannel {
  onmessage: ((event: { data: unknown }) => void) | undefined;

  constructor(
    private readonly name: string,
    private readonly all: Set<FakeChannel>,
  ) {
    all.add(this);
  }

  postMessage(data: unknown): void {
    for (const other of this.all)
      if (other !== this && other.name === this.name)
        queueMicrotask(() => other.onmessage?.({ data: structuredClone(data) }));
  }

  close(): void {
    this.all.delete(this);
  }
}

type Work = () => Promise<unknown>;

/** Web Locks with `signal` and `steal`. */
class FakeLocks {
  private queue: Array<{ start: () => void }> = [];
  private holder: object | undefined;

  request(_name: string, options: { signal?: AbortSignal; steal?: boolean }, work: Work) {
    return new Promise((resolve, reject) => {
      const mine = {
        start: () => {
          this.holder = mine;
          Promise.resolve(work())
            .then(resolve, reject)
            .finally(() => this.holder === mine && this.release());
        },
      };
      if (options.steal) return mine.start();
      options.signal?.addEventListener("abort", () => {
        if (!this.queue.includes(mine)) return;
        this.queue = this.queue.filter((waiting) => waiting !== mine);
        reject(new DOMException("given up", "AbortError"));
      });
      this.queue.push(mine);
      if (this.holder === undefined) this.release();
    });
  }

  /** As when the holder's process dies. */
  release(): void {
    this.holder = undefined;
    this.queue.shift()?.start();
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to the next refresh (of one tab): its reply is lost, or it waits until let go. */
type Fault = { kind: "dropReply" } | { kind: "hold"; tab: number; until: Promise<void> };

/**
 * The app's own host: serves one page and hands `/graphql` on to the service, so that the cookie
 * belongs to one host. Counts refreshes and breaks them on demand.
 */
export class Front {
  url = "";
  /** Where the service is now; nothing while it is down. */
  target: string | undefined;
  /** The retry key of each refresh that arrived: one that is asked for again has the same. */
  refreshes: string[] = [];
  private readonly faults: Fault[] = [];
  private readonly server: Server;

  constructor(script: string) {
    const page =
      "<!doctype html><meta charset=utf-8><title>proof</title><script type=module src=/page.js></script>";
    this.server = createServer((request, response) => {
      if (request.url?.startsWith("/graphql")) return void this.handOn(request, response);
      const isScript = request.url === "/page.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : page);
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** The service does its part; the browser never hears of it. */
  dropNextReply(): void {
    this.faults.push({ kind: "dropReply" });
  }

  /** The reply to the tab's next refresh waits; call the result to let it go. */
  holdNextReply(tab: number): () => void {
    let letGo = () => {};
    const until = new Promise<void>((done) => {
      letGo = done;
    });
    this.faults.push({ kind: "hold", tab, until });
    return letGo;
  }

  private takeFault(url: string): Fault | undefined {
    const fits = (fault: Fault) => fault.kind !== "hold" || url.endsWith(`tab=${fault.tab}`);
    const index = this.faults.findIndex(fits);
    return index < 0 ? undefined : this.faults.splice(index, 1)[0];
  }

  private async handOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray());
    const isRefresh = body.includes("mutation Refresh");
    if (isRefresh) this.refreshes.push(JSON.parse(String(body)).variables.retryKey);
    const fault = isRefresh ? this.takeFault(request.url ?? "") : undefined;
    try {
      if (this.target === undefined) throw new Error("down");
      const { host: _, connection: __, "content-length": ___, ...headers } = request.headers;
      const answer = await fetch(`${this.target}/graphql`, {
        method: "POST",
        headers: headers as Record<string, string>,
        body,
      });
      const text = await answer.text();
      if (fault?.kind === "dropReply") throw new Error("dropped");
      if (fault?.kind === "hold") await fault.until;
      response.statusCode = answer.status;
      for (const name of ["content-type", "retry-after"])
        if (answer.headers.has(name)) response.setHeader(name, answer.headers.get(name) ?? "");
      response.setHeader("set-cookie", answer.headers.getSetCookie());
      response.end(text);
    } catch {
      request.socket.destroy();
    }
  }
}

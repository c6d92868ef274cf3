import type { Transport } from "./honest-client.js";
import type { RefreshAnswer, RefreshRequest } from "./messages.js";
import { defaultWindows, ModelServer } from "./server.js";

const start = Date.UTC(2026, 0, 1);

export type SceneAnswer = number | "later" | "refused";

/** A server alone, for stories told request by request: `ask(0, "k1")` is `(0, k1)`. */
export class Scene {
  readonly server: ModelServer;
  private now = start;

  constructor(windows = defaultWindows, transport: Transport = "BODY") {
    this.server = new ModelServer(start, transport, windows);
  }

  ask(generation: number, retryKey?: string, previousRetryKey?: string): SceneAnswer {
    const answer = this.answer({ generation, retryKey, previousRetryKey });
    return answer.kind === "token" ? answer.generation : answer.kind;
  }

  answer(request: RefreshRequest): RefreshAnswer {
    return this.server.answer(request, this.now);
  }

  wait(seconds: number): void {
    this.now += seconds * 1000;
  }
}

import type { RefreshAnswer, RefreshRequest } from "./messages.js";

/** Knows no client rules: sends the same key always, or none, and keeps whatever comes back. */
export class SimpleClient {
  holds = 0;

  constructor(private readonly constantKey?: string) {}

  request(): RefreshRequest {
    return { generation: this.holds, retryKey: this.constantKey };
  }

  read(answer: RefreshAnswer): void {
    if (answer.kind === "token") this.holds = answer.generation;
  }
}

import type { RefreshAnswer, RefreshRequest } from "./messages.js";

export type ThiefKey = "none" | "new" | "as before" | "stolen" | "stolen previous";

export interface ThiefKeys {
  key: ThiefKey;
  previous: ThiefKey;
}

/** Holds a copy and uses the newest token that he has got, with whatever keys he likes. */
export class Thief {
  private holds: number;
  private lastKey: string | undefined;
  private keysMade = 0;

  /** @param loot what he copied: a token alone, or a whole request */
  constructor(private readonly loot: RefreshRequest) {
    this.holds = loot.generation;
  }

  request({ key, previous }: ThiefKeys): RefreshRequest {
    const retryKey = this.make(key);
    const previousRetryKey = this.make(previous);
    this.lastKey = retryKey;
    return { generation: this.holds, retryKey, previousRetryKey };
  }

  read(answer: RefreshAnswer): void {
    if (answer.kind === "token") this.holds = Math.max(this.holds, answer.generation);
  }

  private make(key: ThiefKey): string | undefined {
    switch (key) {
      case "none":
        return undefined;
      case "new":
        return `t${this.keysMade++}`;
      case "as before":
        return this.lastKey;
      case "stolen":
        return this.loot.retryKey;
      case "stolen previous":
        return this.loot.previousRetryKey;
    }
  }
}

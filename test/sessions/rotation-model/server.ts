import {
  decideRotation,
  type Presentation,
  type RotationState,
  type RotationWindows,
} from "../../../src/sessions/rotation.js";
import type { RefreshAnswer, RefreshRequest } from "./messages.js";
import { applyRotation, keyHash, newRow } from "./server-row.js";

export const defaultWindows: RotationWindows = { tabWindowSeconds: 10, lateWindowSeconds: 60 };

/** What a fail-over may lose of a session, as far as the search goes. */
const writesAtRisk = 2;

/** The service with one session: the real decision, and the UPDATE as a pure function. */
export class ModelServer {
  row: RotationState;
  /** The row before its last rotations, latest first. */
  private before: RotationState[] = [];

  constructor(
    now: number,
    readonly transport: string,
    private readonly windows = defaultWindows,
  ) {
    this.row = newRow(now, transport);
  }

  get hasEnded() {
    return this.row.endedAt !== null;
  }

  answer(request: RefreshRequest, nowMs: number): RefreshAnswer {
    const now = new Date(nowMs);
    const presented = this.presentation(request);
    switch (decideRotation(this.row, presented, now, this.windows).kind) {
      case "rotate":
      case "jump":
        this.write(applyRotation(this.row, presented, now));
        return { kind: "token", generation: this.row.generation };
      case "replay":
        return { kind: "token", generation: this.row.generation };
      case "late":
        return { kind: "later" };
      case "reuse":
        this.row = { ...this.row, endedAt: now };
        return { kind: "refused" };
      case "refuse":
        return { kind: "refused" };
    }
  }

  /** The standby takes over without the last rotations. An ending is durable and stays. */
  failOver(lostWrites: number): void {
    const { endedAt } = this.row;
    for (const lost of this.before.splice(0, lostWrites)) this.row = { ...lost, endedAt };
  }

  private write(row: RotationState): void {
    this.before = [this.row, ...this.before].slice(0, writesAtRisk);
    this.row = row;
  }

  private presentation({ generation, retryKey, previousRetryKey }: RefreshRequest): Presentation {
    return {
      generation,
      transport: this.transport,
      retryKeyHash: keyHash(retryKey),
      previousRetryKeyHash: keyHash(previousRetryKey),
    };
  }
}

import type { Ask, Reply } from "./network.js";

export type Transport = "BODY" | "COOKIE";

/**
 * A client that keeps the client rules of docs/rotation.md to the letter, with tabs that share one
 * storage. The marker is the `rotations` of the newest answer that a script has read: in body
 * transport of the stored token itself; a cookie cannot be read, so there the jar may differ.
 */
export class HonestClient {
  marker = 0;
  jar = 0;
  pendingKey: string | undefined;
  finishedKey: string | undefined;
  isSignedOut = false;
  private readonly lives: number[];
  private keysMade = 0;

  constructor(
    readonly transport: Transport,
    tabs: number,
  ) {
    this.lives = Array.from({ length: tabs }, () => 0);
  }

  get tabs() {
    return this.lives.length;
  }

  /** The generation that the next request will carry. */
  get holds() {
    return this.transport === "COOKIE" ? this.jar : this.marker;
  }

  /** A tab asks, for the first time or again; the key is stored before the request leaves. */
  ask(tab: number, now: number): Ask {
    this.pendingKey ??= `k${this.keysMade++}`;
    const request = {
      generation: this.holds,
      retryKey: this.pendingKey,
      previousRetryKey: this.finishedKey,
    };
    return { request, tab, life: this.lives[tab] ?? 0, marker: this.marker, leftAt: now };
  }

  /** Whether the page that asked is still open; a browser drops the answers of a closed one. */
  isOpen({ tab, life }: Ask): boolean {
    return this.lives[tab] === life;
  }

  /** The browser takes a cookie from whichever answer lands last, whatever it held before. */
  takeCookie({ answer }: Reply): void {
    if (answer.kind === "token") this.jar = answer.generation;
  }

  /**
   * The script reads the answer. A token counts only if it is higher than the one held; OVERLOADED
   * changes nothing, so that the next request carries what storage holds then.
   */
  read({ ask, answer }: Reply): void {
    if (answer.kind === "refused") this.isSignedOut = true;
    if (answer.kind !== "token" || answer.generation <= this.marker) return;
    this.marker = answer.generation;
    this.finishedKey = ask.request.retryKey;
    this.pendingKey = undefined;
  }

  crash(tab: number): void {
    this.lives[tab] = (this.lives[tab] ?? 0) + 1;
  }

  /** The jar had not reached the disk: the browser starts with the cookie before. */
  powerCut(): void {
    this.jar = Math.max(0, this.jar - 1);
    for (const tab of this.lives.keys()) this.crash(tab);
  }
}

import { IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { pathOf } from "./target.js";

/**
 * Behind a request that is being answered still, its answer would come out of the WebSocket; or the
 * refusal would be taken for that answer.
 */
const isAnswering = (socket: Socket) =>
  (socket as Socket & { _httpMessage?: ServerResponse | null })._httpMessage != null;

/**
 * A request as Node hands it on, of which only one that asks for a WebSocket, and at its address,
 * leaves HTTP. As soon as anybody listens for upgrades, Node takes every request with an Upgrade
 * field for one, and some clients offer h2c with each: Java's does. What is offered and not wanted is
 * answered as if it were not there (RFC 9110 section 7.8).
 */
export class UpgradeRequest extends IncomingMessage {
  private offered = false;
  private taken: boolean | undefined;

  /** Set by the parser; asked by the server once the header is read, and answered alike ever after. */
  get upgrade(): boolean {
    this.taken ??= this.offered && (this.method === "CONNECT" || this.wantsSocket);
    return this.taken;
  }

  set upgrade(offered: boolean | null) {
    this.offered = offered === true;
  }

  private get wantsSocket(): boolean {
    const { method, url, headers, httpVersion, socket } = this;
    const isSocket = headers.upgrade?.toLowerCase() === "websocket" && httpVersion === "1.1";
    return isSocket && method === "GET" && pathOf(url) === "/graphql" && !isAnswering(socket);
  }
}

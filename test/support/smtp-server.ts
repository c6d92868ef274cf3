import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** How the server treats whoever brings a mail; each may be set at any time. */
export interface Temper {
  /** Of every step, in milliseconds. */
  slow?: number;
  /** What it says to a recipient. */
  refuseRecipient?: number;
  /** What it says once it has the content, which it then forgets. */
  refuseContent?: number;
  /** Takes the content, and is gone without an answer. */
  dropAfterContent?: boolean;
  /** Hangs up on whoever connects. */
  hangUp?: boolean;
}

export interface TestMailServer {
  url: string;
  temper: Temper;
  /** Everything whose content it got, in its order. */
  received: Email[];
  /** How often somebody connected. */
  connections: number;
  waitFor(count: number): Promise<Email[]>;
  stop(): Promise<void>;
}

const refusal = (code: number) => Object.assign(new Error("not now"), { responseCode: code });

/** Below the ephemeral ports, so that nobody else gets one that is down for a while. */
export const anyPort = () => 20_000 + Math.floor(Math.random() * 10_000);

/** A real SMTP server on loopback. */
export async function startMailServer(
  port = anyPort(),
  options: SMTPServerOptions = {},
): Promise<TestMailServer> {
  const received: Email[] = [];
  const temper: Temper = {};
  const state = { connections: 0 };
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS", "AUTH"],
    disableReverseLookup: true,
    onConnect(_session, done) {
      state.connections++;
      if (temper.hangUp) return done(refusal(421));
      setTimeout(done, temper.slow ?? 0);
    },
    onRcptTo(_address, _session, done) {
      done(temper.refuseRecipient ? refusal(temper.refuseRecipient) : null);
    },
    async onData(stream, session, done) {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      if (temper.refuseContent) return done(refusal(temper.refuseContent));
      received.push(await PostalMime.parse(Buffer.concat(chunks)));
      if (temper.dropAfterContent) {
        for (const connection of server.connections)
          if (connection.session === session) connection.close();
        return;
      }
      await sleep(temper.slow ?? 0);
      done();
    },
    ...options,
  });
  server.on("error", () => undefined);
  server.listen(port, "127.0.0.1");
  await once(server.server, "listening");
  return {
    url: `smtp://127.0.0.1:${port}`,
    temper,
    received,
    get connections() {
      return state.connections;
    },
    async waitFor(count) {
      for (const until = Date.now() + 15_000; received.length < count; await sleep(20))
        if (Date.now() > until) throw new Error(`only ${received.length} of ${count} mails came`);
      return received;
    },
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

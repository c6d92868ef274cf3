import { Client, type Notification } from "pg";
import { giveUpOnSilence } from "../database/give-up-on-silence.js";

const connectTimeoutMilliseconds = 3000;
/** A million ended sessions are read in a few seconds. */
const statementMilliseconds = 15_000;
const silenceMilliseconds = 16_000;
const keepAliveAfterMilliseconds = 10_000;

/** A connection of its own that hears what is announced. */
export interface Listener {
  client: Client;
  /** Resolves when the connection is gone, with the reason; never rejects. */
  lost: Promise<string>;
  /** At once, answered or not. */
  destroy(): void;
}

type WithSocket = Client & { connection: { stream: { destroy(): void } } };

/**
 * Connects and listens. What is announced from now on is heard, in the order of the commits.
 *
 * @param url the server itself, or a pooler in session mode: in transaction mode nothing is heard
 * @param onLost called in the moment in which the connection is known to be gone
 */
export async function openListener(options: {
  url: string;
  handlers: Readonly<Record<string, (payload: string) => void>>;
  onLost: () => void;
}): Promise<Listener> {
  const { url, handlers, onLost } = options;
  const client = new Client({
    connectionString: url,
    application_name: "gatehouse listener",
    connectionTimeoutMillis: connectTimeoutMilliseconds,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMilliseconds,
  });
  giveUpOnSilence(client, silenceMilliseconds);
  const destroy = () => (client as WithSocket).connection.stream.destroy();
  const lost = new Promise<string>((resolve) => {
    const lose = (reason: string) => {
      onLost();
      resolve(reason);
    };
    client.on("error", ({ message }) => lose(message));
    client.on("end", () => lose("the connection was closed"));
  });
  client.on("notification", ({ channel, payload = "" }: Notification) =>
    handlers[channel]?.(payload),
  );
  try {
    await client.connect();
    // It is idle by nature, whatever the server thinks of idle connections.
    await client.query(
      `SET idle_session_timeout = 0; SET statement_timeout = ${statementMilliseconds}`,
    );
    for (const channel of Object.keys(handlers)) await client.query(`LISTEN "${channel}"`);
  } catch (error) {
    destroy();
    throw error;
  }
  return { client, lost, destroy };
}

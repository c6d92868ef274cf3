import type { FastifyInstance, FastifyRequest } from "fastify";
import { AuthError } from "../errors/auth-error.js";
import { isLocalName, isLoopback } from "../http/loopback.js";
import type { Mailbox, MailboxEntry } from "./mailbox.js";
import { escapeHtml } from "./render.js";

const style = `
  body { margin: 0 auto; max-width: 44rem; padding: 1.5rem; font: 15px/1.5 system-ui, sans-serif; background: #f3f4f6; color: #111827 }
  article { margin: 0 0 1rem; padding: 1rem 1.25rem; border-radius: 8px; background: #fff }
  h2 { margin: 0; font-size: 1rem } .meta { color: #6b7280 }
  .code { font: 600 28px/1.6 ui-monospace, monospace; letter-spacing: 4px; user-select: all }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }`;

const showLinks = (text: string) =>
  escapeHtml(text).replace(/https?:\/\/\S+/g, (url) => `<a href="${url}">${url}</a>`);

const showEntry = ({ id, at, to, subject, text, code }: MailboxEntry) => `<article>
<h2>${escapeHtml(subject)}</h2>
<p class="meta">to ${escapeHtml(to)}, ${at.slice(0, 19).replace("T", " ")} UTC · <a href="/dev/mailbox/${id}">as HTML</a></p>
${code === null ? "" : `<p class="code">${code}</p>`}
<details${code === null ? " open" : ""}><summary>Text</summary><pre>${showLinks(text)}</pre></details>
</article>`;

/** Looks again by itself; a click on a code selects all of it. */
const page = (entries: readonly MailboxEntry[]) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Mailbox</title><style>${style}</style></head>
<body><h1>Mailbox</h1>
<p class="meta">All mail of this service, newest first, while it runs in development. <a href="/dev/mailbox.json">As JSON</a></p>
${entries.map(showEntry).join("\n") || "<p>No mail yet.</p>"}
</body></html>`;

const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * SECURITY: the peer itself; a proxy or a header cannot say that somebody is near. Nor may a page
 * whose name was bent to this machine (DNS rebinding) read along: the name must be a local one.
 */
function isLocal({ socket, headers }: FastifyRequest): boolean {
  const name = headers.host?.replace(/:\d+$/, "") ?? "";
  return isLoopback(socket.remoteAddress) && isLocalName(name);
}

/** `GET /dev/mailbox` and `/dev/mailbox.json`: codes and links of everybody, so development alone. */
export function addMailbox(app: FastifyInstance, mailbox: Mailbox): void {
  const onRequest = async (request: FastifyRequest) => {
    if (!isLocal(request)) throw new AuthError("NOT_FOUND");
  };
  app.get("/dev/mailbox.json", { onRequest }, async () => mailbox.list());
  app.get("/dev/mailbox", { onRequest }, async (_request, reply) =>
    reply
      .header("content-security-policy", policy)
      .type("text/html; charset=utf-8")
      .send(page(mailbox.list())),
  );
  app.get<{ Params: { id: string } }>(
    "/dev/mailbox/:id",
    { onRequest },
    async ({ params }, reply) => {
      const entry = mailbox.list().find(({ id }) => id === params.id);
      if (entry === undefined) throw new AuthError("NOT_FOUND");
      return reply
        .header("content-security-policy", policy)
        .type("text/html; charset=utf-8")
        .send(entry.html);
    },
  );
}

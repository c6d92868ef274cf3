import type { FastifyInstance } from "fastify";
import { codePage } from "./code.page.js";
import type { Page } from "./page.js";
import { reportSessionPage } from "./report-session.page.js";
import { resetPasswordPage } from "./reset-password.page.js";

const pages: Record<string, Page> = {
  "/report-session": reportSessionPage,
  "/reset-password": resetPasswordPage,
  "/code": codePage,
};

/** Where the links of our mails lead. What they carry stands in the fragment and reaches no log. */
export function addPages(app: FastifyInstance): void {
  for (const [url, { html, policy }] of Object.entries(pages))
    app.get(url, async (_request, reply) =>
      reply.header("content-security-policy", policy).type("text/html; charset=utf-8").send(html),
    );
}

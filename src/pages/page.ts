import { createHash } from "node:crypto";

export interface Page {
  html: string;
  /** Content-Security-Policy of this answer alone: its own script and style, and our own API. */
  policy: string;
}

const style = `
body { margin: 0; padding: 2rem 1rem; font: 16px/1.5 system-ui, sans-serif; background: #f3f4f6; color: #111827 }
main { max-width: 26rem; margin: 0 auto; padding: 1.5rem; border-radius: 8px; background: #fff }
h1 { margin: 0 0 1rem; font-size: 1.25rem }
label { display: block; margin: 1rem 0 .25rem }
input { box-sizing: border-box; width: 100%; padding: .6rem; border: 1px solid #6b7280; border-radius: 6px; font: inherit }
button { margin-top: 1rem; padding: .6rem 1.1rem; border: 0; border-radius: 6px; background: #1d4ed8; color: #fff; font: inherit; cursor: pointer }
button:disabled { opacity: .5 } code { overflow-wrap: anywhere; user-select: all }
[role=status] { min-height: 1.5em } [hidden] { display: none }
`;

/** What every page needs: the values of the fragment, which is then gone from bar and history. */
const shared = `
const values = new URLSearchParams(location.hash.slice(1));
history.replaceState(null, "", location.pathname);
const $ = (id) => document.getElementById(id);
const say = (text) => { $("status").textContent = text; };
const ask = async (query, variables) => {
  const response = await fetch("/graphql", {
    method: "POST",
    credentials: "omit",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { errors } = await response.json();
  return errors?.[0];
};
`;

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** A page without anything that is not in it. Nothing of a request ever gets into its text. */
export function makePage({
  title,
  body,
  script,
}: {
  title: string;
  body: string;
  script: string;
}): Page {
  const code = `${shared}${script}`;
  return {
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${style}</style></head>
<body><main><h1>${title}</h1>
${body}
<p id="status" role="status"></p>
<noscript>This page needs JavaScript.</noscript></main>
<script>${code}</script></body></html>
`,
    policy: [
      "default-src 'none'",
      `script-src ${hashOf(code)}`,
      `style-src ${hashOf(style)}`,
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
  };
}

import type { Letter, Part } from "./letter.js";

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => entities[character] as string);

const font = "font-family:-apple-system,'Segoe UI',Helvetica,Arial,sans-serif";

/** Styles stand inline and nothing is loaded: mail programs drop style sheets and block images. */
const inHtml: { [Kind in Part["kind"]]: (part: Extract<Part, { kind: Kind }>) => string } = {
  paragraph: ({ text }) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`,
  code: ({ code }) =>
    `<p style="margin:0 0 16px;font:600 32px/1.4 ui-monospace,Menlo,Consolas,monospace;letter-spacing:6px">${escapeHtml(code)}</p>`,
  link: ({ label, url }) =>
    `<p style="margin:0 0 16px"><a href="${escapeHtml(url)}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none">${escapeHtml(label)}</a></p>`,
  facts: ({ facts }) =>
    `<table role="presentation" style="margin:0 0 16px;border-collapse:collapse">${facts
      .map(
        ([name, value]) =>
          `<tr><td style="padding:2px 16px 2px 0;color:#6b7280">${escapeHtml(name)}</td><td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
      )
      .join("")}</table>`,
};

const inText: { [Kind in Part["kind"]]: (part: Extract<Part, { kind: Kind }>) => string } = {
  paragraph: ({ text }) => text,
  code: ({ code }) => `    ${code}`,
  link: ({ label, url }) => `${label}:\n${url}`,
  facts: ({ facts }) => facts.map(([name, value]) => `${name}: ${value}`).join("\n"),
};

type Renderer = (part: Part) => string;

export interface RenderedLetter {
  subject: string;
  text: string;
  html: string;
  /** The digits in it, if there are any. */
  code: string | null;
}

export function renderLetter({ subject, parts }: Letter): RenderedLetter {
  const html = parts.map((part) => (inHtml[part.kind] as Renderer)(part)).join("\n");
  const code = parts.find((part) => part.kind === "code");
  return {
    subject,
    text: `${parts.map((part) => (inText[part.kind] as Renderer)(part)).join("\n\n")}\n`,
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;background:#f3f4f6"><div style="max-width:520px;margin:0 auto;padding:24px;border-radius:8px;background:#ffffff;color:#111827;${font};font-size:15px;line-height:1.5">
${html}
</div></body></html>
`,
    code: code?.kind === "code" ? code.code : null,
  };
}

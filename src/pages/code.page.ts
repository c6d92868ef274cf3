import { makePage } from "./page.js";

/** Shows the long code of a link, to be used where six digits are refused. Sends nothing. */
export const codePage = makePage({
  title: "Your code",
  body: `<div id="question"><p>Paste this in place of the six digits, into the page that you opened yourself. Never give it to anybody who asks for it.</p>
<p><code id="code"></code></p><button id="copy" type="button">Copy</button></div>`,
  script: `
const code = values.get("code");
if (!code) { $("question").hidden = true; say("The link is not complete. Open it from the mail."); }
$("code").textContent = code ?? "";
$("copy").addEventListener("click", async () => {
  try { await navigator.clipboard.writeText(code); say("Copied."); }
  catch { say("Select the code and copy it."); }
});
`,
});

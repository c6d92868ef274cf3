import { makePage } from "./page.js";

/** Opening it changes nothing: mail scanners open links. Only the button does. */
export const reportSessionPage = makePage({
  title: "This was not me",
  body: `<div id="question"><p>If somebody else signed in to your account or changed its address, confirm it here. Every device is signed out, and the password opens nothing until you have set a new one by mail.</p>
<button id="confirm" type="button">It was not me</button></div>`,
  script: `
const token = values.get("token");
if (!token) { $("question").hidden = true; say("The link is not complete. Open it from the mail."); }
$("confirm").addEventListener("click", async () => {
  $("confirm").disabled = true;
  try {
    const error = await ask("mutation ($token: String!) { reportSession(token: $token) }", { token });
    if (!error) { $("question").hidden = true; say("Done. Every device is signed out. Now ask for a new password where you usually sign in."); }
    else if (error.extensions?.code === "INVALID_CODE") { $("question").hidden = true; say("The link has been used already, or is too old."); }
    else throw error;
  } catch {
    $("confirm").disabled = false;
    say("That did not work. Try again in a moment.");
  }
});
`,
});

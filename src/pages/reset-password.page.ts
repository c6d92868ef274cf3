import { makePage } from "./page.js";

/** For whoever follows the link of a mail; a frontend may have a page of its own for the digits. */
export const resetPasswordPage = makePage({
  title: "Set a new password",
  body: `<form id="form"><label for="email">Account</label>
<input id="email" type="email" autocomplete="username" readonly>
<label for="password">New password</label>
<input id="password" type="password" autocomplete="new-password" required autofocus>
<button id="save" type="submit">Save</button></form>`,
  script: `
const email = values.get("email"), code = values.get("code");
if (!email || !code) { $("form").hidden = true; say("The link is not complete. Open it from the mail."); }
$("email").value = email ?? "";
$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  $("save").disabled = true;
  say("");
  try {
    const input = { email, code, newPassword: $("password").value };
    const error = await ask("mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }", { input });
    if (!error) { $("form").hidden = true; say("Done. Every device is signed out. Sign in with the new password."); }
    else if (error.extensions?.code === "INVALID_CODE") { $("form").hidden = true; say("The link has been used already, or is too old. Ask for a new one."); }
    else if (error.extensions?.code === "BAD_USER_INPUT") say(error.extensions.fields?.[0]?.message ?? "This password cannot be used.");
    else throw error;
  } catch {
    say("That did not work. Try again in a moment.");
  }
  $("save").disabled = false;
});
`,
});

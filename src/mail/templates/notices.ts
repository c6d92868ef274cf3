import { type Circumstances, circumstances, type Letter, paragraph } from "../letter.js";
import type { Frame } from "./frame.js";

/** A mail that says what has happened, and what to do if it was somebody else. */
const notice =
  (subject: string, happened: string, otherwise: string) =>
  (values: Circumstances, { service }: Frame): Letter => ({
    subject: `${subject} at ${service}`,
    parts: [paragraph(happened), circumstances(values), paragraph(otherwise)],
  });

export const passwordChanged = notice(
  "Your password was changed",
  "The password of your account was changed, and every other device was signed out.",
  "If it was not you, reset your password now: that signs everybody out.",
);

export const passwordWasReset = notice(
  "Your password was reset",
  "The password of your account was set anew by a code from a mail to this address, and every device was signed out.",
  "If it was not you, somebody else reads your mail: change the password of your mailbox first, then reset this one.",
);

export const reuseDetected = notice(
  "A device was signed out of your account",
  "A key that had been used before came back to us, so somebody may have copied it from your device. We ended that sign-in, for you and for them.",
  "Sign in again. If this happens more than once, look for programs on the device that you do not know, and change your password.",
);

export const accountLocked = notice(
  "Your account is locked",
  "Somebody said, by the link in a mail from us, that a sign-in to your account was not yours. Every device was signed out, and the password opens nothing until it is reset.",
  "Ask for a new password where you usually sign in; the code comes to this address.",
);

export const signInHeldBack = notice(
  "Somebody is guessing at your password",
  "So many wrong passwords were tried for your account that we hold sign-ins back from where you have not signed in before. Devices that are signed in stay so, and where you signed in lately you still can.",
  "If you are refused, or if somebody may know your password: ask for a new one where you usually sign in. The code comes to this address, and works at once.",
);

export const accountDeleted = notice(
  "Your account was deleted",
  "Your account was deleted, with everything that we knew about you. This is the last mail.",
  "If it was not you, somebody knew your password: change it wherever else you use it.",
);

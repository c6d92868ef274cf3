import { type Circumstances, circumstances, type Letter, link, paragraph } from "../letter.js";
import type { Frame } from "./frame.js";

export type AddressTakenValues = Circumstances;

/** To the owner of an account whose address somebody else gave for theirs. */
export const addressTaken = (values: AddressTakenValues, frame: Frame): Letter => ({
  subject: `You already have an account at ${frame.service}`,
  parts: [
    paragraph(
      `Somebody gave this address to ${frame.service}, where it belongs to your account. No new account was made, and nothing about yours has changed.`,
    ),
    circumstances(values),
    paragraph(
      "If it was you, sign in as usual, or ask for a new password. If it was not, do nothing.",
    ),
    link("To the service", frame.publicUrl),
  ],
});

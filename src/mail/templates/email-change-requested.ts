import { type Circumstances, circumstances, facts, type Letter, paragraph } from "../letter.js";
import type { Frame } from "./frame.js";

export interface EmailChangeRequestedValues extends Circumstances {
  newEmail: string;
}

/** To the present address, which stays until the new one is confirmed. */
export const emailChangeRequested = (values: EmailChangeRequestedValues, frame: Frame): Letter => ({
  subject: `Another address for your account at ${frame.service}`,
  parts: [
    paragraph(
      `Somebody who is signed in to your account at ${frame.service} and knows its password asked to move it to another address. It stays here until that address is confirmed.`,
    ),
    facts(["New address", values.newEmail]),
    circumstances(values),
    paragraph("If it was not you, change your password now: that stops it."),
  ],
});

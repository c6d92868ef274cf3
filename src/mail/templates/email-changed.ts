import {
  type Circumstances,
  circumstances,
  facts,
  type Letter,
  link,
  paragraph,
  readableDuration,
} from "../letter.js";
import { type Frame, pageLink } from "./frame.js";

export interface EmailChangedValues extends Circumstances {
  newEmail: string;
  /** To the old address only. */
  undo?: { link: string; ttlSeconds: number };
}

const undoParts = (undo: EmailChangedValues["undo"], frame: Frame) =>
  undo === undefined
    ? [paragraph("If it was not you, reset your password now.")]
    : [
        paragraph(
          `If it was not you: this link brings your address back, signs everybody out and blocks the password until you have set a new one. It works once, for ${readableDuration(undo.ttlSeconds)}.`,
        ),
        link("This was not me", pageLink(frame, "report-session", { token: undo.link })),
      ];

/** To both addresses; only the old one can take it back. */
export const emailChanged = (values: EmailChangedValues, frame: Frame): Letter => ({
  subject: `Your account at ${frame.service} has another address`,
  parts: [
    paragraph(`Your account at ${frame.service} was moved to another address.`),
    facts(["New address", values.newEmail]),
    circumstances(values),
    ...undoParts(values.undo, frame),
  ],
});

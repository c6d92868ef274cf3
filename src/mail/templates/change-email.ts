import {
  type Circumstances,
  circumstances,
  code,
  type Letter,
  link,
  paragraph,
  readableDuration,
} from "../letter.js";
import { type Frame, pageLink } from "./frame.js";

export interface ChangeEmailValues extends Circumstances {
  digits: string;
  link: string;
  ttlSeconds: number;
}

/** To the address that an account wants to move to. */
export const changeEmail = (values: ChangeEmailValues, frame: Frame): Letter => ({
  subject: `Your code for ${frame.service}`,
  parts: [
    paragraph(
      `Somebody wants to move their account at ${frame.service} to this address. If it was you, this is the code:`,
    ),
    code(values.digits),
    paragraph(
      `It is good for ${readableDuration(values.ttlSeconds)}, once. Type it only into the page that you opened yourself; never give it to anybody who asks for it.`,
    ),
    circumstances(values),
    link(
      "If the digits are refused, use the long code",
      pageLink(frame, "code", { code: values.link }),
    ),
    paragraph("If it was not you, do nothing: without the code nothing happens."),
  ],
});

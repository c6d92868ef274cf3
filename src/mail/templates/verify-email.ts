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

export interface VerifyEmailValues extends Circumstances {
  digits: string;
  link: string;
  ttlSeconds: number;
}

/** To the address that an account, or a registration that waits, is to have. */
export const verifyEmail = (values: VerifyEmailValues, frame: Frame): Letter => ({
  subject: `Your code for ${frame.service}`,
  parts: [
    paragraph(`Somebody gave this address to ${frame.service}. If it was you, this is the code:`),
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

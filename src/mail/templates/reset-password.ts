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

export interface ResetPasswordValues extends Circumstances {
  digits: string;
  link: string;
  email: string;
  ttlSeconds: number;
}

export const resetPassword = (values: ResetPasswordValues, frame: Frame): Letter => ({
  subject: `A new password for ${frame.service}`,
  parts: [
    paragraph(
      `Somebody asked for a new password for your account at ${frame.service}. If it was you, this is the code:`,
    ),
    code(values.digits),
    link(
      "Or set it here",
      pageLink(frame, "reset-password", { email: values.email, code: values.link }),
    ),
    paragraph(
      `Both are good for ${readableDuration(values.ttlSeconds)}, once. Type the code only into the page that you opened yourself; never give it to anybody who asks for it.`,
    ),
    circumstances(values),
    paragraph("If it was not you, do nothing: your password stays as it is."),
  ],
});

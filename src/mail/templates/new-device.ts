import {
  type Circumstances,
  circumstances,
  type Letter,
  link,
  paragraph,
  readableDuration,
} from "../letter.js";
import { type Frame, pageLink } from "./frame.js";

export interface NewDeviceValues extends Circumstances {
  link: string;
  ttlSeconds: number;
}

export const newDevice = (values: NewDeviceValues, frame: Frame): Letter => ({
  subject: `New sign-in to your account at ${frame.service}`,
  parts: [
    paragraph(
      `Somebody signed in to your account at ${frame.service} with your password, on a device or network that we had not seen before.`,
    ),
    circumstances(values),
    paragraph("If it was you, there is nothing to do."),
    paragraph(
      `If it was not: this link signs everybody out and blocks the password until you have set a new one. It works once, for ${readableDuration(values.ttlSeconds)}.`,
    ),
    link("This was not me", pageLink(frame, "report-session", { token: values.link })),
  ],
});

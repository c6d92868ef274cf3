import { addressTaken } from "./address-taken.js";
import { changeEmail } from "./change-email.js";
import { emailChangeRequested } from "./email-change-requested.js";
import { emailChanged } from "./email-changed.js";
import { newDevice } from "./new-device.js";
import {
  accountDeleted,
  accountLocked,
  passwordChanged,
  passwordWasReset,
  reuseDetected,
  signInHeldBack,
} from "./notices.js";
import { resetPassword } from "./reset-password.js";
import { verifyEmail } from "./verify-email.js";

/** Every mail that is ever sent, by the name under which it waits in the outbox. */
export const templates = {
  accountDeleted,
  accountLocked,
  addressTaken,
  changeEmail,
  emailChanged,
  emailChangeRequested,
  newDevice,
  passwordChanged,
  passwordWasReset,
  resetPassword,
  reuseDetected,
  signInHeldBack,
  verifyEmail,
};

export type TemplateName = keyof typeof templates;

/** A template and the values that it needs. */
export type MailContent = {
  [Name in TemplateName]: { template: Name; values: Parameters<(typeof templates)[Name]>[0] };
}[TemplateName];

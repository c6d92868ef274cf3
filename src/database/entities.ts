import { SigningKey } from "../access-tokens/signing-key.entity.js";
import { Registration } from "../accounts/registration.entity.js";
import { User } from "../accounts/user.entity.js";
import { Activity } from "../activity/activity.entity.js";
import { EmailBudget } from "../email-codes/email-budget.entity.js";
import { EmailCode } from "../email-codes/email-code.entity.js";
import { RateLimit } from "../limits/rate-limit.entity.js";
import { Mail } from "../mail/mail.entity.js";
import { Session } from "../sessions/session.entity.js";

export const entities = [
  User,
  Session,
  SigningKey,
  Registration,
  Activity,
  EmailCode,
  EmailBudget,
  Mail,
  RateLimit,
];

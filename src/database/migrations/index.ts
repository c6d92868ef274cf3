import { UsersAndSessions1763683200000 } from "./1763683200000-users-and-sessions.js";
import { SigningKeys1763683300000 } from "./1763683300000-signing-keys.js";
import { RevocationFeed1763683400000 } from "./1763683400000-revocation-feed.js";
import { Activities1763683600000 } from "./1763683600000-activities.js";
import { EmailCodes1763683610000 } from "./1763683610000-email-codes.js";
import { Mails1763683620000 } from "./1763683620000-mails.js";
import { AccountRecovery1763683630000 } from "./1763683630000-account-recovery.js";
import { RateLimits1763683700000 } from "./1763683700000-rate-limits.js";
import { SessionEvents1763683800000 } from "./1763683800000-session-events.js";

/** In the order in which they run. Listed, not globbed: the same from src and from dist. */
export const migrations = [
  UsersAndSessions1763683200000,
  SigningKeys1763683300000,
  RevocationFeed1763683400000,
  Activities1763683600000,
  EmailCodes1763683610000,
  Mails1763683620000,
  AccountRecovery1763683630000,
  RateLimits1763683700000,
  SessionEvents1763683800000,
];

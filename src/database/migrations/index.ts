import { UsersAndSessions1763683200000 } from "./1763683200000-users-and-sessions.js";
import { SigningKeys1763683300000 } from "./1763683300000-signing-keys.js";
import { RevocationFeed1763683400000 } from "./1763683400000-revocation-feed.js";

/** In the order in which they run. Listed, not globbed: the same from src and from dist. */
export const migrations = [
  UsersAndSessions1763683200000,
  SigningKeys1763683300000,
  RevocationFeed1763683400000,
];

import { SigningKey } from "../access-tokens/signing-key.entity.js";
import { User } from "../accounts/user.entity.js";
import { Session } from "../sessions/session.entity.js";

export const entities = [User, Session, SigningKey];

import { badUserInput, type FieldFault } from "../errors/auth-error.js";
import type { Services } from "../services.js";
import type { TokenTransport } from "../sessions/token-transport.js";
import { parseEmail } from "./email.js";
import type { NewUser } from "./insert-user.js";
import { type ProfileFields, profileFaults, tidy } from "./profile.js";
import { parseUsername } from "./username.js";

/** As the person has sent it. */
export interface RegistrationRequest extends ProfileFields {
  email: string;
  password: string;
  username?: string | null;
  transport: TokenTransport;
}

/** A new account but for its password. */
export type CheckedRegistration = Omit<NewUser, "passwordHash" | "pepperId" | "emailVerified">;

/**
 * Everything that is wrong is said at once, so that a form marks all its fields.
 * @throws {AuthError} BAD_USER_INPUT
 */
export async function checkRegistration(
  services: Services,
  input: RegistrationRequest,
): Promise<CheckedRegistration> {
  const faults: FieldFault[] = profileFaults(input);
  const email = parseEmail(input.email);
  if (email === undefined) faults.push({ field: "email", code: "FORMAT_INVALID" });
  const name = input.username == null ? null : parseUsername(input.username);
  if (name !== null && "fault" in name) faults.push({ field: "username", code: name.fault });
  const personal = [input.email, input.username, input.firstName, input.lastName];
  const weakness = await services.passwords.check(
    input.password,
    personal.filter((text) => text != null),
  );
  if (weakness !== undefined) faults.push({ field: "password", ...weakness });
  if (faults.length > 0 || email === undefined) throw badUserInput(...faults);
  const { username = null, usernameKey = null } = name !== null && "username" in name ? name : {};
  return {
    email,
    username,
    usernameKey,
    firstName: tidy(input.firstName),
    lastName: tidy(input.lastName),
    avatarUrl: tidy(input.avatarUrl),
  };
}

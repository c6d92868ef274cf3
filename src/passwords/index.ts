export { checkPeppers, MissingPepperError } from "./check-peppers.js";
export type { PasswordHash, Passwords, Verdict } from "./passwords.js";
export { openPasswords } from "./passwords.js";
export type { PasswordFault } from "./policy.js";
export type { StoredPassword } from "./stored-password.js";

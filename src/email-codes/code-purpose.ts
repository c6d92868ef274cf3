/** What a code is good for. The code of one purpose is no code of another (OWASP ASVS 6.6.2). */
export enum CodePurpose {
  /** To finish a registration that waits. */
  REGISTER = "REGISTER",
  /** To show that the account's own address is read. */
  VERIFY = "VERIFY",
  /** To set a new password. */
  RESET = "RESET",
  /** To move the account to a new address. */
  CHANGE = "CHANGE",
  /** "This was not me", from the mail about a new device. */
  REPORT = "REPORT",
  /** The same, from the mail to an address that was left: it comes back. */
  RESTORE = "RESTORE",
}

/** By which column a code is found: whose newer code replaces the older one. */
export const ownerColumn: Record<CodePurpose, "user_id" | "registration_id" | "address"> = {
  REGISTER: "registration_id",
  VERIFY: "user_id",
  RESET: "address",
  CHANGE: "user_id",
  REPORT: "user_id",
  RESTORE: "user_id",
};

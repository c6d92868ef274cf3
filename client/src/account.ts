import type { Auth } from "./auth.js";
import { changePasswordDocument, verifyEmailDocument } from "./documents.js";

/**
 * The code from the mail. With the `verificationToken` of `register` (or of EMAIL_NOT_VERIFIED) it
 * signs in; without one it proves the signed-in user's address.
 * @throws {GatehouseError} INVALID_CODE, RATE_LIMITED, BAD_USER_INPUT
 */
export const verifyEmail = (
  auth: Auth,
  input: { code: string; verificationToken?: string; deviceName?: string },
): Promise<void> => auth.exchange(verifyEmailDocument, { ...input, transport: auth.transport });

/**
 * Ends every other session of the user; this one goes on with new tokens.
 * @throws {GatehouseError} INVALID_CREDENTIALS, BAD_USER_INPUT with `fields`
 */
export const changePassword = (
  auth: Auth,
  input: { currentPassword: string; newPassword: string },
): Promise<void> => auth.exchange(changePasswordDocument, input);

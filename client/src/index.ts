export { changePassword, verifyEmail } from "./account.js";
export type { Auth, AuthOptions } from "./auth.js";
export { createAuthFetch } from "./auth-fetch.js";
export {
  type ErrorCode,
  type ErrorDetails,
  type FieldFault,
  GatehouseError,
  hasCode,
} from "./errors.js";
export { createAuth } from "./keeper.js";
export { type AuthStorage, memoryStorage } from "./record.js";
export { retryCookieStorage } from "./retry-cookie.js";
export type { AuthEvent, AuthListener, AuthState } from "./state.js";
export type {
  AuthPayload,
  RegisterInput,
  Registration,
  Role,
  Session,
  SessionEndReason,
  SessionEvent,
  SessionEventKind,
  SignInInput,
  TokenTransport,
  User,
} from "./types.js";
export { type SubscriptionClient, watchSessionEvents } from "./watch-session-events.js";

/**
 * Compiled by `npm run typecheck`, never run: every document of this package fits `schema.graphql`,
 * and its result as gql.tada reads it is exactly the type that the package promises.
 */
import { initGraphQLTada, type ResultOf, type VariablesOf } from "gql.tada";
import type { errorCodes, fieldCodes } from "../../../src/errors/codes.js";
import * as documents from "../../src/documents.js";
import type { ErrorDetails, FieldFault } from "../../src/errors.js";
import type {
  AuthPayload,
  RegisterInput,
  Role,
  Session,
  SessionEndReason,
  SessionEvent,
  SignInInput,
  TokenTransport,
  User,
} from "../../src/types.js";
import type { introspection } from "./graphql-env.js";

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTimeISO: string };
}>();

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : [A, B];
type Fits<A, B> = A extends B ? true : [A, B];
/** Flattened, so that only what can be seen is compared. */
type Shown<T> = T extends object ? { [K in keyof T]: Shown<T[K]> } : T;
const holds = <T extends true>(..._: T[]): void => undefined;

const me = graphql(documents.meDocument);
holds<Same<Shown<ResultOf<typeof me>>, Shown<{ me: User | null }>>>();
holds<Same<User["role"], Role>>();

const sessions = graphql(documents.sessionsDocument);
holds<Same<Shown<ResultOf<typeof sessions>>, Shown<{ mySessions: Session[] }>>>();
holds<Same<Session["endReason"], SessionEndReason | null>>();

const revoke = graphql(documents.revokeSessionDocument);
holds<Same<Shown<ResultOf<typeof revoke>>, Shown<{ revokeSession: Session }>>>();
const revokeOthers = graphql(documents.revokeOtherSessionsDocument);
holds<Same<Shown<ResultOf<typeof revokeOthers>>, Shown<{ revokeOtherSessions: Session[] }>>>();

const events = graphql(documents.sessionEventsDocument);
holds<Same<Shown<ResultOf<typeof events>>, Shown<{ sessionEvents: SessionEvent }>>>();

const register = graphql(documents.registerDocument);
type Registered = { register: { auth: AuthPayload | null; verificationToken: string | null } };
holds<Same<Shown<ResultOf<typeof register>>, Shown<Registered>>>();
type Transport = { transport: TokenTransport };
holds<Fits<{ input: RegisterInput & Transport }, VariablesOf<typeof register>>>();

const signIn = graphql(documents.signInDocument);
holds<Same<Shown<ResultOf<typeof signIn>>, Shown<{ login: AuthPayload }>>>();
holds<Fits<{ input: SignInInput & Transport }, VariablesOf<typeof signIn>>>();

const refresh = graphql(documents.refreshDocument);
holds<Same<Shown<ResultOf<typeof refresh>>, Shown<{ refreshToken: AuthPayload }>>>();
type Asked = { refreshToken?: string; retryKey: string; previousRetryKey?: string };
holds<Fits<Asked, VariablesOf<typeof refresh>>>();

const signOut = graphql(documents.signOutDocument);
holds<Same<ResultOf<typeof signOut>, { logout: boolean }>>();

const verifyEmail = graphql(documents.verifyEmailDocument);
holds<Same<Shown<ResultOf<typeof verifyEmail>>, Shown<{ verifyEmail: AuthPayload }>>>();
type Code = { code: string; verificationToken?: string; retryKey: string } & Transport;
holds<Fits<{ input: Code }, VariablesOf<typeof verifyEmail>>>();

const changePassword = graphql(documents.changePasswordDocument);
holds<Same<Shown<ResultOf<typeof changePassword>>, Shown<{ changePassword: AuthPayload }>>>();
type Passwords = { currentPassword: string; newPassword: string; retryKey: string };
holds<Fits<{ input: Passwords }, VariablesOf<typeof changePassword>>>();

// Every code that the service has is one that the client knows.
holds<Fits<keyof typeof errorCodes, keyof ErrorDetails>>();
holds<Fits<(typeof fieldCodes)[number], FieldFault["code"]>>();

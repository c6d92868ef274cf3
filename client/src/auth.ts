import type { AuthStorage } from "./record.js";
import type { AuthListener, AuthState } from "./state.js";
import type {
  AuthPayload,
  RegisterInput,
  Registration,
  SignInInput,
  TokenTransport,
  User,
} from "./types.js";

export interface AuthOptions {
  /** Of the GraphQL API, as `fetch` takes it: "/graphql" or "https://auth.example.com/graphql". */
  url: string;
  /**
   * COOKIE (the default): the refresh token is in an httpOnly cookie that script cannot read.
   * BODY: the keeper holds it, in `storage`; for apps without cookies.
   */
  transport?: TokenTransport;
  /**
   * COOKIE: where tabs find each other's non-secret marker and retry key; `localStorage`.
   * BODY: where the refresh token lives; memory, unless you say `localStorage` or bring a keychain.
   */
  storage?: AuthStorage;
  /** Sets two keepers of one origin apart. */
  name?: string;
  fetch?: typeof fetch;
  /** What the server that rendered this page got for it (see the README's recipe). */
  initial?: AuthPayload;
}

/** The session keeper: knows who is signed in, and has an access token whenever one is wanted. */
export interface Auth {
  readonly transport: TokenTransport;
  /** An immutable object; a new one with every change. */
  readonly state: AuthState;
  /** What the first render saw, also on the server. */
  readonly initialState: AuthState;
  /** Called after every change of `state`. Returns how to stop. */
  subscribe(listener: () => void): () => void;
  /** SIGNED_IN, SIGNED_OUT, TOKEN_REFRESHED, USER_UPDATED, by this tab or another. */
  onAuthStateChange(listener: AuthListener): () => void;
  /** @throws {GatehouseError} BAD_USER_INPUT with `fields`, RATE_LIMITED, OVERLOADED, NETWORK_ERROR */
  register(input: RegisterInput): Promise<Registration>;
  /** @throws {GatehouseError} INVALID_CREDENTIALS, EMAIL_NOT_VERIFIED, and as for `register` */
  signIn(input: SignInInput): Promise<User>;
  /**
   * Ends the session on the service, then here and in every tab; with `everywhere` all of the user's.
   * @throws {GatehouseError} where the service cannot be reached: the session then still stands
   */
  signOut(options?: { everywhere?: boolean }): Promise<void>;
  /**
   * A token that is good to send, refreshed first where it must be; `undefined` when signed out.
   * @throws {GatehouseError} when it cannot be had now; the session still stands
   */
  getAccessToken(): Promise<string | undefined>;
  /**
   * Asks for another access token, once for all callers and tabs. `refused`: the one that the
   * service answered UNAUTHENTICATED to; where there is another by now, nothing is asked.
   * @throws {GatehouseError} as `getAccessToken`
   */
  refresh(refused?: string): Promise<string | undefined>;
  /**
   * One GraphQL operation as the signed-in user.
   * @throws {GatehouseError} for the first entry of `errors`, or no answer
   */
  request<Data>(document: string, variables?: object): Promise<Data>;
  /**
   * An operation of the caller's that takes `input` with a retry key and answers with new tokens
   * (`verifyEmail` and `changePassword` below use it), under the same rules as a refresh.
   * @throws {GatehouseError} what the operation is answered with
   */
  exchange(document: string, input: object): Promise<void>;
  /** Fetches the user again, for instance after the profile was changed. */
  reloadUser(): Promise<User | undefined>;
  /** Begins, where nothing has asked for a token yet; browsers begin by themselves. */
  start(): void;
  /** Stops timers and listeners; signs nobody out. */
  dispose(): void;
}

import { randomBytes } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { type AuthView, bearer, type Extras, run } from "./client.js";
import { recordSecret } from "./issued-secrets.js";

export interface Credentials {
  email: string;
  password: string;
}

export const newCredentials = (): Credentials => {
  const credentials = {
    email: `person-${randomBytes(8).toString("hex")}@example.com`,
    password: randomBytes(12).toString("base64url"),
  };
  recordSecret(credentials.password);
  return credentials;
};

export const newRetryKey = () => {
  const key = randomBytes(16).toString("base64url");
  recordSecret(key);
  return key;
};

/** Somebody with an account and one session of their own. */
export interface MemberPersona extends Credentials {
  auth: AuthView;
  /** Carries the access token. */
  signedIn: Extras;
}

export async function newMember(
  app: FastifyInstance,
  input: object = {},
  extras: Extras = {},
): Promise<MemberPersona> {
  const credentials = newCredentials();
  const answer = await run(app, "register", { input: { ...credentials, ...input } }, extras);
  const auth: AuthView | undefined = answer.data?.register?.auth;
  if (auth === undefined) throw new Error(`register failed: ${answer.body}`);
  return { ...credentials, auth, signedIn: bearer(auth.accessToken) };
}

/** One more session of the same person. */
export async function signInAgain(
  app: FastifyInstance,
  { email, password }: Credentials,
  input: object = {},
  extras: Extras = {},
): Promise<AuthView> {
  const answer = await run(app, "login", { input: { email, password, ...input } }, extras);
  if (!answer.data?.login) throw new Error(`login failed: ${answer.body}`);
  return answer.data.login;
}

export const refreshTokenOf = (auth: AuthView): string => {
  if (auth.refreshToken === null) throw new Error("the session has no refresh token in the body");
  return auth.refreshToken;
};

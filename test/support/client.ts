import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { recordSecret } from "./issued-secrets.js";
import { type OperationName, operations } from "./operations.js";

export interface SessionView {
  id: string;
  current: boolean;
  device: string;
  userAgent: string | null;
  createdAt: string;
  createdByIp: string | null;
  lastUsedAt: string;
  lastUsedByIp: string | null;
  expiresAt: string;
  absoluteExpiresAt: string;
  rotations: number;
  endedAt: string | null;
  endedByIp: string | null;
  endReason: string | null;
}

export interface AuthView {
  accessToken: string;
  tokenType: string;
  expiresIn: number;
  refreshToken: string | null;
  refreshExpiresIn: number;
  user: { id: string; email: string; username: string | null; [field: string]: unknown };
  session: SessionView;
}

export interface GraphqlError {
  message: string;
  extensions: {
    code: string;
    reason?: string;
    retryAfter?: number;
    requestId?: string;
    fields?: { field: string; code: string }[];
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what the tests look at
type Data = any;

export interface Answer {
  status: number;
  data: Data;
  errors: GraphqlError[];
  /** Of the first error. */
  code: string | undefined;
  headers: LightMyRequestResponse["headers"];
  cookies: LightMyRequestResponse["cookies"];
  body: string;
}

const secretFields = new Set(["accessToken", "refreshToken", "verificationToken"]);

/** Whatever secret an answer hands out must not be found in the database afterwards. */
function recordSecretsIn(value: unknown): void {
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === "string" && secretFields.has(key)) recordSecret(inner);
    else recordSecretsIn(inner);
  }
}

function readAnswer(response: LightMyRequestResponse): Answer {
  const json = response.body.startsWith("{") ? response.json() : {};
  recordSecretsIn(json.data);
  for (const { name, value } of response.cookies)
    if (name.endsWith("gatehouse_refresh") && value !== "") recordSecret(value);
  return {
    status: response.statusCode,
    data: json.data,
    errors: json.errors ?? [],
    code: json.errors?.[0]?.extensions?.code,
    headers: response.headers,
    cookies: response.cookies,
    body: response.body,
  };
}

export interface Extras {
  headers?: Record<string, string>;
  cookies?: Record<string, string>;
  remoteAddress?: string;
}

/** Sends a document as any GraphQL client does. */
export async function send(
  app: FastifyInstance,
  body: { query: string; variables?: object; operationName?: string },
  extras: Extras = {},
): Promise<Answer> {
  const request: InjectOptions = { method: "POST", url: "/graphql", payload: body, ...extras };
  return readAnswer(await app.inject(request));
}

export const run = (
  app: FastifyInstance,
  operation: OperationName,
  variables: object = {},
  extras: Extras = {},
) => send(app, { query: operations[operation], variables }, extras);

export const bearer = (token: string): Extras => ({
  headers: { authorization: `Bearer ${token}` },
});

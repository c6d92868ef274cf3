import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  preHandlerHookHandler,
} from "fastify";
import Negotiator from "negotiator";
import { errorCodes } from "../errors/codes.js";
import { knownError } from "../errors/format-error.js";
import { logUnexpected } from "../errors/log-errors.js";
import { logRefusal } from "../errors/log-refusal.js";
import { clientAddress } from "./client-address.js";

/** An error in GraphQL's form that stands before any execution. */
export interface RefusedRequest {
  message: string;
  extensions: { code: string; retryAfter?: number; requestId?: string };
}

/** The status of our own codes where nothing was executed; an executed operation answers 200. */
const statusOfCode: Partial<Record<string, number>> = {
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  OVERLOADED: 503,
};

/** What is refused before anybody parses GraphQL, in words of ours. */
const messageOfStatus: Partial<Record<number, string>> = {
  400: "The request is malformed.",
  405: "This address does not take that method.",
  406: "Accept application/json or application/graphql-response+json.",
  408: "The request took too long to arrive.",
  413: "The request is too large.",
  414: "The address is too long.",
  415: "Send application/json.",
  431: "The header is too large.",
};

/** The plain one first: it is for everybody who does not say. As Apollo Server writes them. */
const mediaTypes = [
  "application/json; charset=utf-8",
  "application/graphql-response+json; charset=utf-8",
] as const;

/** GraphQL over HTTP: the media type that the client prefers, by RFC 9110 section 12.5.1. */
function mediaType(accept: string | undefined): string | undefined {
  // What nearly every client sends, or sends nothing.
  if (accept === undefined || accept === "*/*" || accept === "application/json")
    return mediaTypes[0];
  return new Negotiator({ headers: { accept } }).mediaType([...mediaTypes]);
}

export const badRequest = (status: number): RefusedRequest => ({
  message: messageOfStatus[status] ?? "The request cannot be understood.",
  extensions: { code: "BAD_REQUEST" },
});

export const errorBody = (error: RefusedRequest): string => JSON.stringify({ errors: [error] });

/** An answer to what was not executed, in the form that every GraphQL client reads. */
export function sendGraphqlError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  error: RefusedRequest,
): FastifyReply {
  const { retryAfter } = error.extensions;
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  return reply
    .code(status)
    .type(mediaType(request.headers.accept) ?? mediaTypes[0])
    .send(errorBody({ message: error.message, extensions: error.extensions }));
}

/**
 * Before the operation: Apollo Server would execute it, and find then that it may not say how it
 * went. A refresh would have rotated its token for nobody.
 */
export const refuseUnreadableAnswers: preHandlerHookHandler = (request, reply, done) => {
  if (request.method === "POST" && mediaType(request.headers.accept) === undefined)
    return void sendGraphqlError(request, reply, 406, badRequest(406));
  done();
};

/** For what Fastify refuses and for what our own hooks throw; logs it as what resolvers throw is. */
export function sendRefusal(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = knownError(error);
  if (known !== undefined) {
    logRefusal({ ip: clientAddress(request.ip), log: request.log }, known);
    return sendGraphqlError(request, reply, statusOfCode[known.code] ?? 400, known);
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return sendGraphqlError(request, reply, status, badRequest(status));
  logUnexpected(request.log, error);
  const { message } = errorCodes.INTERNAL_SERVER_ERROR;
  const extensions = { code: "INTERNAL_SERVER_ERROR", requestId: request.id };
  return sendGraphqlError(request, reply, 500, { message, extensions });
}

/** Fastify's own refusals (400, 413, 415) in GraphQL's form: clients read the code of no other. */
export function answerInGraphqlForm(app: FastifyInstance): void {
  app.setErrorHandler(sendRefusal);
}

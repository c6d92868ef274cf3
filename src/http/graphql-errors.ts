import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AuthError } from "../errors/auth-error.js";
import { errorCodes } from "../errors/codes.js";
import { knownError } from "../errors/format-error.js";

/** The status of our own codes where nothing was executed; an executed operation answers 200. */
const statusOfCode: Partial<Record<string, number>> = {
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  OVERLOADED: 503,
};

/** What Fastify refuses before anybody parses GraphQL, in words of ours. */
const messageOfStatus: Partial<Record<number, string>> = {
  400: "The body is not valid JSON.",
  413: "The request is too large.",
  415: "Send application/json.",
  414: "The address is too long.",
};

const graphqlJson = "application/graphql-response+json";

/** GraphQL over HTTP: the media type that the client asks for; plain JSON for everybody else. */
const mediaType = (accept: string | undefined) =>
  `${accept?.includes(graphqlJson) ? graphqlJson : "application/json"}; charset=utf-8`;

/** An answer to what was not executed, in the form that every GraphQL client reads. */
export function sendGraphqlError(
  request: FastifyRequest,
  reply: FastifyReply,
  status: number,
  error: { message: string; extensions: { code: string; retryAfter?: number } },
): FastifyReply {
  const { retryAfter } = error.extensions;
  if (retryAfter !== undefined) reply.header("retry-after", retryAfter);
  return reply
    .code(status)
    .type(mediaType(request.headers.accept))
    .send(JSON.stringify({ errors: [error] }));
}

function sendFastifyError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const known = knownError(error);
  if (known !== undefined)
    return sendGraphqlError(request, reply, statusOfCode[known.code] ?? 400, known);
  const status = error.statusCode ?? 500;
  if (status < 500) {
    const message = messageOfStatus[status] ?? "The request cannot be understood.";
    return sendGraphqlError(request, reply, status, {
      message,
      extensions: { code: "BAD_REQUEST" },
    });
  }
  request.log.error({ event: "unexpected_error", err: error }, "unexpected error");
  const { message } = errorCodes.INTERNAL_SERVER_ERROR;
  const extensions = { code: "INTERNAL_SERVER_ERROR", requestId: request.id };
  return sendGraphqlError(request, reply, 500, { message, extensions });
}

/** Fastify's own refusals (413, 400, 415, 404, 503) in GraphQL's form. */
export function answerInGraphqlForm(app: FastifyInstance): void {
  app.setErrorHandler(sendFastifyError);
  app.setNotFoundHandler((request, reply) =>
    sendGraphqlError(request, reply, 404, new AuthError("NOT_FOUND")),
  );
}

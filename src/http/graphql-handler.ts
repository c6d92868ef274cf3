import { type ApolloServer, type BaseContext, HeaderMap } from "@apollo/server";
import type { FastifyReply, FastifyRequest } from "fastify";

function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return map;
}

/** The query of a request's target, with its question mark; "" where there is none. */
const searchOf = (target: string): string => /\?[^#]*/.exec(target)?.[0] ?? "";

/** Hands requests to Apollo Server as they are: no URL is built of what is known already. */
export const graphqlHandler =
  <Context extends BaseContext>(
    apollo: ApolloServer<Context>,
    contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<Context>,
  ) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request),
        search: searchOf(request.url),
        body: request.body,
      },
      context: () => contextOf(request, reply),
    });
    // Parts would come of @defer and @stream, which graphql-js 16 does not know.
    if (body.kind === "chunked") throw new TypeError("an answer in parts");
    for (const [name, value] of headers) reply.header(name, value);
    return reply.code(status ?? 200).send(body.string);
  };

import type { FastifyInstance } from "fastify";
import { badRequest, sendGraphqlError } from "./graphql-errors.js";

/** The path of a request's target, without query and fragment. */
export const pathOf = (target = ""): string => target.split(/[?#]/, 1)[0] ?? "";

/** Node keeps the first of two, a proxy in front of us perhaps the second. */
function namesTwoHosts(rawHeaders: readonly string[]): boolean {
  const isHost = (name: string, i: number) =>
    i % 2 === 0 && name.length === 4 && name.toLowerCase() === "host";
  return rawHeaders.findIndex(isHost) !== rawHeaders.findLastIndex(isHost);
}

/**
 * A request says which host it wants, in a form that can be read, or is refused with 400 (RFC 9112
 * section 3.2). Node would refuse in an answer without headers. HTTP/1.0 knows no Host: some load
 * balancers look after our health that way.
 */
export function refuseUnreadableTargets(app: FastifyInstance): void {
  // Nearly every request wants what the one before it wanted.
  let readable = "";
  const isReadable = (target: string, base: string) => {
    const both = `${base} ${target}`;
    if (both === readable) return true;
    if (!URL.canParse(target, base)) return false;
    readable = both;
    return true;
  };

  app.addHook("onRequest", (request, reply, done) => {
    const { raw, headers, url } = request;
    if (raw.httpVersion === "1.0") headers.host ??= "localhost";
    const base = `${request.protocol}://${request.hostname}/`;
    if (namesTwoHosts(raw.rawHeaders) || !isReadable(url, base))
      return void sendGraphqlError(request, reply, 400, badRequest(400));
    done();
  });
}

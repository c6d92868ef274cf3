import type { FastifyCorsOptions } from "@fastify/cors";
import type { Origins } from "./origins.js";

/** Seconds for which browsers keep a preflight; they cap it themselves at about this. */
const preflightMaxAge = 7200;

/**
 * Browsers of these origins alone, named exactly, also with credentials (OWASP ASVS 3.4.2). Errors
 * carry the headers too: a page that may not read OVERLOADED would sign its user out.
 */
export const corsOptions = ({ isAllowed }: Origins): FastifyCorsOptions => ({
  origin: (origin, answer) => answer(null, origin !== undefined && isAllowed(origin)),
  credentials: true,
  methods: ["GET", "POST"],
  allowedHeaders: [
    "authorization",
    "content-type",
    "apollo-require-preflight",
    "x-apollo-operation-name",
  ],
  exposedHeaders: ["retry-after", "x-request-id"],
  maxAge: preflightMaxAge,
});

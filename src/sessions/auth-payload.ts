import { Field, Int, ObjectType } from "type-graphql";
import { User } from "../accounts/user.entity.js";
import type { VisibleUser } from "../accounts/visible-user.js";
import type { RequestContext } from "../context.js";
import type { Grant } from "./grant.js";
import { Session } from "./session.entity.js";
import type { VisibleSession } from "./session-row.js";
import { TokenTransport } from "./token-transport.js";

@ObjectType({
  description:
    "Everything a client needs once it has been let in. Sign-in, refresh and verification answer with it, now and in future: whatever is still missing before one is let in is an error that carries a token to go on with.",
})
export class AuthPayload {
  @Field(() => String, { description: "JWT for the Authorization header; see `expiresIn`." })
  accessToken: string;

  @Field(() => String, { description: "Always 'Bearer'." })
  tokenType: string;

  @Field(() => Int, {
    description:
      "Seconds from now; clients count from receipt, so a wrong device clock does no harm.",
  })
  expiresIn: number;

  @Field(() => String, {
    nullable: true,
    description:
      "Null when the session's transport is COOKIE: the token is then in Set-Cookie only.",
  })
  refreshToken: string | null;

  @Field(() => Int, { description: "Seconds until the refresh token is worthless." })
  refreshExpiresIn: number;

  @Field(() => User, { description: "Who has signed in." })
  user: VisibleUser;

  @Field(() => Session, { description: "The session that was opened or renewed." })
  session: VisibleSession;
}

/** Hands a grant over by the session's transport, never by both (OWASP ASVS 3.3.4). */
export function deliver(context: RequestContext, grant: Grant): AuthPayload {
  const inCookie = grant.session.transport === TokenTransport.COOKIE;
  if (inCookie) context.setRefreshCookie(grant.refreshToken, grant.refreshExpiresIn);
  return { ...grant, tokenType: "Bearer", refreshToken: inCookie ? null : grant.refreshToken };
}

import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import type { RequestContext } from "../context.js";
import { deliver } from "../sessions/auth-payload.js";
import { TokenTransport } from "../sessions/token-transport.js";
import { readMe } from "./me.js";
import { RegisterInput } from "./register.input.js";
import { register } from "./register.js";
import { RegisterPayload } from "./register-payload.js";
import { User } from "./user.entity.js";
import type { VisibleUser } from "./visible-user.js";

@Resolver()
export class AccountsResolver {
  @Query(() => User, {
    nullable: true,
    description:
      "The signed-in user. Null only when no access token is sent. An expired, malformed or revoked one is the error UNAUTHENTICATED, so that clients refresh. Errors: UNAUTHENTICATED, OVERLOADED.",
  })
  async me(@Ctx() context: RequestContext): Promise<VisibleUser | null> {
    if (context.caller().kind === "visitor") return null;
    return readMe(context.services, context.member());
  }

  @Mutation(() => RegisterPayload, {
    description:
      "Makes an account and signs its owner in; with EMAIL_VERIFICATION=required it mails a code for verifyEmail first. Errors: BAD_USER_INPUT (TAKEN tells that a username is in use, and an address where none must be verified), RATE_LIMITED, FORBIDDEN (transport COOKIE from a foreign page), OVERLOADED.",
  })
  async register(
    @Arg("input", () => RegisterInput, { description: "The new account." }) input: RegisterInput,
    @Ctx() context: RequestContext,
  ): Promise<RegisterPayload> {
    if (input.transport === TokenTransport.COOKIE) context.requireCookieAllowed();
    const registered = await register(context.services, input, context.visitor);
    if ("verificationToken" in registered) return { auth: null, ...registered };
    return { auth: deliver(context, registered.grant), verificationToken: null };
  }
}

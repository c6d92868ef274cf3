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
      "Makes an account and signs its owner in. Errors: BAD_USER_INPUT (TAKEN tells that an address or username is in use), FORBIDDEN (transport COOKIE from a foreign page), OVERLOADED.",
  })
  async register(
    @Arg("input", () => RegisterInput, { description: "The new account." }) input: RegisterInput,
    @Ctx() context: RequestContext,
  ): Promise<RegisterPayload> {
    if (input.transport === TokenTransport.COOKIE) context.allowCookie();
    const grant = await register(context.services, input, context.visitor);
    return { auth: deliver(context, grant), verificationToken: null };
  }
}

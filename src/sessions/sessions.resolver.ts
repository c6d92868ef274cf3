import { Arg, Authorized, Ctx, ID, Mutation, Query, Resolver } from "type-graphql";
import type { PresentedToken, RequestContext } from "../context.js";
import { badUserInput } from "../errors/auth-error.js";
import { AuthPayload, deliver } from "./auth-payload.js";
import { listSessions } from "./list.js";
import { LoginInput } from "./login.input.js";
import { refresh } from "./refresh.js";
import { revokeOtherSessions, revokeSession } from "./revoke.js";
import { Session } from "./session.entity.js";
import type { VisibleSession } from "./session-row.js";
import { signIn } from "./sign-in.js";
import { signOut } from "./sign-out.js";
import { TokenTransport } from "./token-transport.js";

/** SECURITY: two different tokens in one request are somebody's trick or a muddle: neither counts. */
function onlyOne([first, ...others]: PresentedToken[]): PresentedToken | undefined {
  if (others.some(({ text }) => text !== first?.text))
    throw badUserInput({ field: "refreshToken", code: "CONFLICTING" });
  return first;
}

@Resolver()
export class SessionsResolver {
  @Mutation(() => AuthPayload, {
    description:
      "Signs in by email or username, in a new session. Errors: INVALID_CREDENTIALS, PASSWORD_RESET_REQUIRED, EMAIL_NOT_VERIFIED (with a verificationToken), BAD_USER_INPUT, FORBIDDEN (transport COOKIE from a foreign page), RATE_LIMITED, OVERLOADED.",
  })
  async login(
    @Arg("input", () => LoginInput, { description: "Who wants in." }) input: LoginInput,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    if (input.transport === TokenTransport.COOKIE) context.requireCookieAllowed();
    return deliver(context, await signIn(context.services, input, context.visitor));
  }

  @Mutation(() => AuthPayload, {
    description: `Rotates the refresh token: from the argument, else the cookie, else 'Authorization: Bearer <refresh token>'. An access token in that
header is not a second refresh token; two different refresh tokens in one request are refused and neither is consumed.

The token just rotated, with the same retryKey, gets the same answer again: a lost reply signs nobody out.
A token rotated without a key is answered again only within REFRESH_TAB_WINDOW.

Errors: INVALID_REFRESH_TOKEN (the only one that signs a client out), RATE_LIMITED and OVERLOADED (ask again with the same key), BAD_USER_INPUT, FORBIDDEN (the cookie from a foreign page).`,
  })
  async refreshToken(
    @Arg("refreshToken", () => String, {
      nullable: true,
      description: "For sessions with transport BODY.",
    })
    refreshToken: string | null,
    @Arg("retryKey", () => String, {
      nullable: true,
      description:
        "16 to 128 characters, random, new for each token, stored by the client before the request leaves, where everyone that shares the token finds it.",
    })
    retryKey: string | null,
    @Arg("previousRetryKey", () => String, {
      nullable: true,
      description:
        "The key of the last rotation that was answered; helps a client whose cookie was set back by a crash.",
    })
    previousRetryKey: string | null,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    const presented = onlyOne(context.presentedTokens(refreshToken));
    const grant = await refresh(context.services, {
      refreshToken: presented?.text,
      transport: presented?.transport ?? TokenTransport.BODY,
      retryKey,
      previousRetryKey,
      visitor: context.visitor,
    });
    return deliver(context, grant);
  }

  @Mutation(() => Boolean, {
    description:
      "Ends the session of the refresh token (argument, cookie or header; any genuine one of the session, also a rotated one, and that is no reuse) or, without one, of the access token; with everywhere, all of the user's. True also where there was nothing left to end. Errors: FORBIDDEN (the cookie from a foreign page), OVERLOADED.",
  })
  async logout(
    @Arg("refreshToken", () => String, {
      nullable: true,
      description: "For sessions with transport BODY.",
    })
    refreshToken: string | null,
    @Arg("everywhere", () => Boolean, {
      defaultValue: false,
      description: "Ends all sessions of the user.",
    })
    everywhere: boolean,
    @Ctx() context: RequestContext,
  ): Promise<boolean> {
    const caller = context.caller();
    await signOut(context.services, {
      refreshTokens: context.presentedTokens(refreshToken),
      member: caller.kind === "member" ? caller : undefined,
      everywhere,
      visitor: context.visitor,
    });
    context.clearRefreshCookie();
    return true;
  }

  @Authorized()
  @Query(() => [Session], {
    description:
      "The caller's sessions, latest use first. With includeEnded also the last 100 that ended within 30 days. Errors: UNAUTHENTICATED, OVERLOADED.",
  })
  mySessions(
    @Arg("includeEnded", () => Boolean, {
      defaultValue: false,
      description: "Also those that are over.",
    })
    includeEnded: boolean,
    @Ctx() context: RequestContext,
  ): Promise<VisibleSession[]> {
    return listSessions(context.services, { member: context.member(), includeEnded });
  }

  @Authorized()
  @Mutation(() => Session, {
    description:
      "Ends one of the caller's own sessions, also the current one; idempotent. NOT_FOUND for anyone else's id, worded as for an id that does not exist. A list that a client holds keeps the row: filter by endedAt. Errors: UNAUTHENTICATED, NOT_FOUND, OVERLOADED.",
  })
  revokeSession(
    @Arg("id", () => ID, { description: "Of the session to end." }) id: string,
    @Ctx() context: RequestContext,
  ): Promise<VisibleSession> {
    const { services, visitor } = context;
    return revokeSession(services, { id, member: context.member(), visitor });
  }

  @Authorized()
  @Mutation(() => [Session], {
    description:
      "Ends all sessions of the user but the caller's. Returns those that it ended. Errors: UNAUTHENTICATED, OVERLOADED.",
  })
  revokeOtherSessions(@Ctx() context: RequestContext): Promise<VisibleSession[]> {
    const { services, visitor } = context;
    return revokeOtherSessions(services, { member: context.member(), visitor });
  }
}

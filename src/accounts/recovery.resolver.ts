import { Arg, Authorized, Ctx, Mutation, Resolver } from "type-graphql";
import type { RequestContext } from "../context.js";
import { AuthPayload, deliver } from "../sessions/auth-payload.js";
import { TokenTransport } from "../sessions/token-transport.js";
import { ChangePasswordInput, ResetPasswordInput, VerifyEmailInput } from "./account.inputs.js";
import { changePassword } from "./change-password.js";
import { CodeSent } from "./code-sent.js";
import { requestPasswordReset } from "./request-password-reset.js";
import { resetPassword } from "./reset-password.js";
import { sendEmailVerification } from "./send-email-verification.js";
import { verifyEmail } from "./verify-email.js";

/** A session in a cookie is opened and renewed for our own pages alone. */
const admitTo =
  (context: RequestContext) =>
  (transport: TokenTransport): void => {
    if (transport === TokenTransport.COOKIE) context.requireCookieAllowed();
  };

/** Codes and passwords: how a person proves an address and gets back in. */
@Resolver()
export class RecoveryResolver {
  @Mutation(() => CodeSent, {
    description:
      "Mails a new code to the signed-in user's address, or for a registration that waits. Errors: UNAUTHENTICATED, INVALID_CODE (a verificationToken that is over), RATE_LIMITED, OVERLOADED.",
  })
  sendEmailVerification(
    @Arg("verificationToken", () => String, {
      nullable: true,
      description:
        "Of register or of EMAIL_NOT_VERIFIED; absent: the signed-in user's own address.",
    })
    verificationToken: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<CodeSent> {
    return sendEmailVerification(context.services, {
      verificationToken: verificationToken ?? null,
      member: context.member,
      visitor: context.visitor,
    });
  }

  @Mutation(() => AuthPayload, {
    description:
      "The code, with the verificationToken of register (or of EMAIL_NOT_VERIFIED), signs in. As the signed-in user it renews the caller's session, opens none, and ignores deviceName and transport. Errors: INVALID_CODE, RATE_LIMITED, UNAUTHENTICATED, BAD_USER_INPUT (a username that was TAKEN meanwhile), FORBIDDEN (transport COOKIE from a foreign page), OVERLOADED.",
  })
  async verifyEmail(
    @Arg("input", () => VerifyEmailInput, { description: "The code." }) input: VerifyEmailInput,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    const grant = await verifyEmail(context.services, {
      ...input,
      member: context.member,
      visitor: context.visitor,
      admit: admitTo(context),
    });
    return deliver(context, grant);
  }

  @Mutation(() => CodeSent, {
    description:
      "Mails a code and a link to set a new password. Says nothing about whether the address is known. Errors: BAD_USER_INPUT, RATE_LIMITED, OVERLOADED.",
  })
  requestPasswordReset(
    @Arg("email", () => String, { description: "Of the account." }) email: string,
    @Ctx() { services, visitor }: RequestContext,
  ): Promise<CodeSent> {
    return requestPasswordReset(services, { email, visitor });
  }

  @Mutation(() => Boolean, {
    description:
      "Ends every session of the user and proves the address. Does not sign in: a second factor must not be skipped by way of the mailbox. Errors: INVALID_CODE, RATE_LIMITED, BAD_USER_INPUT (the code is then still good), OVERLOADED.",
  })
  async resetPassword(
    @Arg("input", () => ResetPasswordInput, { description: "The code and the password." })
    input: ResetPasswordInput,
    @Ctx() { services, visitor }: RequestContext,
  ): Promise<boolean> {
    await resetPassword(services, { ...input, visitor });
    return true;
  }

  @Authorized()
  @Mutation(() => AuthPayload, {
    description:
      "Ends every other session of the user; the caller's goes on with fresh tokens. Errors: UNAUTHENTICATED, INVALID_CREDENTIALS, BAD_USER_INPUT, FORBIDDEN (a session in a cookie, from a foreign page), RATE_LIMITED, OVERLOADED.",
  })
  async changePassword(
    @Arg("input", () => ChangePasswordInput, { description: "The old and the new one." })
    input: ChangePasswordInput,
    @Ctx() context: RequestContext,
  ): Promise<AuthPayload> {
    const grant = await changePassword(context.services, {
      ...input,
      member: context.member(),
      visitor: context.visitor,
      admit: admitTo(context),
    });
    return deliver(context, grant);
  }
}

import { Arg, Authorized, Ctx, Mutation, Resolver } from "type-graphql";
import type { RequestContext } from "../context.js";
import { RequestEmailChangeInput, UpdateProfileInput } from "./account.inputs.js";
import { CodeSent } from "./code-sent.js";
import { confirmEmailChange } from "./confirm-email-change.js";
import { deleteAccount } from "./delete-account.js";
import { reportSession } from "./report-session.js";
import { requestEmailChange } from "./request-email-change.js";
import { updateProfile } from "./update-profile.js";
import { User } from "./user.entity.js";
import type { VisibleUser } from "./visible-user.js";

/** What a person changes about their own account. */
@Resolver()
export class OwnAccountResolver {
  @Authorized()
  @Mutation(() => CodeSent, {
    description:
      "Mails a code to the new address and a notice to the old one. Errors: UNAUTHENTICATED, INVALID_CREDENTIALS, BAD_USER_INPUT, RATE_LIMITED, OVERLOADED.",
  })
  requestEmailChange(
    @Arg("input", () => RequestEmailChangeInput, { description: "The address and the password." })
    input: RequestEmailChangeInput,
    @Ctx() context: RequestContext,
  ): Promise<CodeSent> {
    const { services, visitor } = context;
    return requestEmailChange(services, { ...input, member: context.member(), visitor });
  }

  @Authorized()
  @Mutation(() => User, {
    description:
      "Moves the account to the address that the code was sent to. The old one gets a notice with a link that takes it back. Errors: UNAUTHENTICATED, INVALID_CODE, BAD_USER_INPUT (newEmail was TAKEN meanwhile), RATE_LIMITED, OVERLOADED.",
  })
  confirmEmailChange(
    @Arg("code", () => String, { description: "Of the mail to the new address." }) code: string,
    @Ctx() context: RequestContext,
  ): Promise<VisibleUser> {
    const { services, visitor } = context;
    return confirmEmailChange(services, { code, member: context.member(), visitor });
  }

  @Authorized()
  @Mutation(() => User, {
    description:
      "A field that is absent stays; null clears it. Errors: UNAUTHENTICATED, BAD_USER_INPUT, OVERLOADED.",
  })
  updateProfile(
    @Arg("input", () => UpdateProfileInput, { description: "What is to change." })
    change: UpdateProfileInput,
    @Ctx() context: RequestContext,
  ): Promise<VisibleUser> {
    const { services, visitor } = context;
    return updateProfile(services, { change, member: context.member(), visitor });
  }

  @Authorized()
  @Mutation(() => Boolean, {
    description:
      "Removes the account, its sessions and everything personal; the history stays without it. Errors: UNAUTHENTICATED, INVALID_CREDENTIALS, RATE_LIMITED, OVERLOADED.",
  })
  async deleteAccount(
    @Arg("password", () => String, { description: "The present one." }) password: string,
    @Ctx() context: RequestContext,
  ): Promise<boolean> {
    const { services, visitor } = context;
    await deleteAccount(services, { password, member: context.member(), visitor });
    context.clearRefreshCookie();
    return true;
  }

  @Mutation(() => Boolean, {
    description:
      "From the link in a new-device mail: ends that session and every other, and blocks the password until it is reset. From the mail to an address that was left it also brings that address back. Needs no sign-in. Errors: INVALID_CODE, RATE_LIMITED, OVERLOADED.",
  })
  async reportSession(
    @Arg("token", () => String, { description: "Of the link." }) token: string,
    @Ctx() { services, visitor }: RequestContext,
  ): Promise<boolean> {
    await reportSession(services, { token, visitor });
    return true;
  }
}

import { Field, InputType } from "type-graphql";
import { TokenTransport } from "../sessions/token-transport.js";

const newPassword =
  "PASSWORD_MIN_LENGTH to 256 characters of any kind; common ones and those made of your own name or address are INSECURE.";
const code = "Six digits, or the long code of the mail's link.";

@InputType({ description: "A code from a mail, and whose it is." })
export class VerifyEmailInput {
  @Field(() => String, { description: code })
  code: string;

  @Field(() => String, {
    nullable: true,
    description: "Of register or of EMAIL_NOT_VERIFIED; absent: the signed-in user's own address.",
  })
  verificationToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "As for refreshToken, where the caller's session is renewed.",
  })
  retryKey?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "What the session list shows, at most 100 characters; else the user agent's name.",
  })
  deviceName?: string | null;

  @Field(() => TokenTransport, {
    defaultValue: TokenTransport.BODY,
    description: "How the refresh token of a new session travels.",
  })
  transport: TokenTransport;
}

@InputType({ description: "A new password, by a code from a mail." })
export class ResetPasswordInput {
  @Field(() => String, { description: "That the code was sent to." })
  email: string;

  @Field(() => String, { description: code })
  code: string;

  @Field(() => String, { description: newPassword })
  newPassword: string;
}

@InputType({ description: "A new password, by the old one." })
export class ChangePasswordInput {
  @Field(() => String, { description: "The one to replace." })
  currentPassword: string;

  @Field(() => String, { description: newPassword })
  newPassword: string;

  @Field(() => String, {
    nullable: true,
    description: "As for refreshToken: with it a lost answer can be asked for again there.",
  })
  retryKey?: string | null;
}

@InputType({ description: "Another address, by the password." })
export class RequestEmailChangeInput {
  @Field(() => String, { description: "That the account is to have." })
  newEmail: string;

  @Field(() => String, { description: "The present one." })
  password: string;
}

@InputType({ description: "A field that is absent stays; null clears it." })
export class UpdateProfileInput {
  @Field(() => String, {
    nullable: true,
    description: "3 to 32 letters, digits and . _ - between them; unique whatever its case.",
  })
  username?: string | null;

  @Field(() => String, { nullable: true, description: "At most 100 characters." })
  firstName?: string | null;

  @Field(() => String, { nullable: true, description: "At most 100 characters." })
  lastName?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "An https URL of at most 2048 characters.",
  })
  avatarUrl?: string | null;
}

import { Field, InputType } from "type-graphql";
import { TokenTransport } from "../sessions/token-transport.js";

@InputType({ description: "A new account." })
export class RegisterInput {
  @Field(() => String, { description: "One account each, whatever its case." })
  email: string;

  @Field(() => String, {
    description:
      "PASSWORD_MIN_LENGTH to 256 characters of any kind; common ones and those made of your own name or address are INSECURE.",
  })
  password: string;

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

  @Field(() => String, {
    nullable: true,
    description: "What the session list shows, at most 100 characters; else the user agent's name.",
  })
  deviceName?: string | null;

  @Field(() => TokenTransport, {
    defaultValue: TokenTransport.BODY,
    description: "How the refresh token of the new session travels.",
  })
  transport: TokenTransport;
}

import { Field, InputType } from "type-graphql";
import { TokenTransport } from "./token-transport.js";

@InputType({
  description:
    "Exactly one of email and username, else BAD_USER_INPUT with CONFLICTING or MISSING.",
})
export class LoginInput {
  @Field(() => String, { nullable: true, description: "In any case." })
  email?: string | null;

  @Field(() => String, { nullable: true, description: "In any case." })
  username?: string | null;

  @Field(() => String, { description: "As it was chosen." })
  password: string;

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

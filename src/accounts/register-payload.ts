import { Field, ObjectType } from "type-graphql";
import { AuthPayload } from "../sessions/auth-payload.js";

@ObjectType({
  description:
    "Exactly one of the two is set. With EMAIL_VERIFICATION=required there is no user yet: the registration waits for the code, whether or not the address is taken (the owner of a taken one gets a notice), and the answer is the same for both.",
})
export class RegisterPayload {
  @Field(() => AuthPayload, {
    nullable: true,
    description: "Null while the address waits for its code.",
  })
  auth: AuthPayload | null;

  @Field(() => String, {
    nullable: true,
    description: "Goes with the code to verifyEmail, so that only who registered can finish.",
  })
  verificationToken: string | null;
}

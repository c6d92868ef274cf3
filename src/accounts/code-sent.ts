import { Field, Int, ObjectType } from "type-graphql";

@ObjectType({
  description:
    "A code is on its way, if there is anyone to send it to. The same figures whether or not the address is known.",
})
export class CodeSent {
  @Field(() => Int, { description: "Seconds until the code is worthless." })
  expiresIn: number;

  @Field(() => Int, { description: "Seconds until another may be asked for; 0: at once." })
  resendAfter: number;
}

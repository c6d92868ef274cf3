import { Arg, Authorized, Ctx, Int, Query, Resolver } from "type-graphql";
import type { RequestContext } from "../context.js";
import { ActivityConnection } from "./activity-connection.js";
import { listActivities } from "./list.js";

@Resolver()
export class ActivityResolver {
  @Authorized()
  @Query(() => ActivityConnection, {
    description:
      "The caller's security history, newest first. Errors: UNAUTHENTICATED, BAD_USER_INPUT, OVERLOADED.",
  })
  myActivity(
    @Arg("first", () => Int, { defaultValue: 20, description: "How many entries, 1 to 100." })
    first: number,
    @Arg("after", () => String, {
      nullable: true,
      description: "The endCursor of the page before.",
    })
    after: string | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<ActivityConnection> {
    return listActivities(context.services, {
      member: context.member(),
      first,
      after: after ?? null,
    });
  }
}

import { Field, ObjectType } from "type-graphql";
import { Activity } from "./activity.entity.js";

@ObjectType({ description: "Where a page stands in its list (GraphQL Cursor Connections)." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether older entries follow." })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: "Whether this page was asked for by a cursor." })
  hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Of the first entry; null on an empty page.",
  })
  startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Of the last entry: `after` for the next page; null on an empty page.",
  })
  endCursor: string | null;
}

@ObjectType({ description: "An entry and its place." })
export class ActivityEdge {
  @Field(() => String, { description: "Its place, for `after`." })
  cursor: string;

  @Field(() => Activity, { description: "What happened." })
  node: Activity;
}

@ObjectType({ description: "A page of the history, newest first." })
export class ActivityConnection {
  @Field(() => [ActivityEdge], { description: "The entries of the page." })
  edges: ActivityEdge[];

  @Field(() => PageInfo, { description: "Where the page stands." })
  pageInfo: PageInfo;
}

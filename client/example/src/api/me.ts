import { gql, type TypedDocumentNode } from "@apollo/client";
import { useQuery } from "@apollo/client/react";
import type { User } from "@gatehouse/client";

type Me = Pick<User, "id" | "email" | "username" | "createdAt">;

const meQuery: TypedDocumentNode<{ me: Me | null }> = gql`
  query Me {
    me {
      id
      email
      username
      createdAt
    }
  }
`;

/** The signed-in person, by a query that needs an access token. */
export function useMe() {
  const { data, error, refetch } = useQuery(meQuery);
  return { me: data?.me ?? undefined, error, refetch };
}

import { type ApolloClient, ApolloLink } from "@apollo/client";
import {
  catchError,
  concatMap,
  defer,
  from,
  type Observable,
  of,
  switchMap,
  throwError,
} from "rxjs";
import type { Auth } from "../auth.js";
import { type Answer, changedNothing, wantsToken } from "../repeat.js";

/**
 * Sends every operation with an access token that is good, and empties the cache of each client
 * that uses it when the person is signed out or becomes another, in all tabs.
 *
 * Put it before the link that sends: `createAuthLink(auth).concat(new HttpLink({ uri }))`.
 * An operation waits for a refresh under way; cancelled, it waits no more. Where no token can be
 * had now (offline, the service is busy), it fails with a GatehouseError and nobody is signed out.
 */
export function createAuthLink(auth: Auth): ApolloLink {
  const clients = new Set<ApolloClient>();
  emptyCaches(auth, clients);
  return new ApolloLink((operation, forward) => {
    clients.add(operation.client);
    const send = (token: string | undefined) => {
      operation.setContext(({ headers }) => ({
        headers: { ...headers, ...(token && { authorization: `Bearer ${token}` }) },
      }));
      return forward(operation);
    };
    const mayRepeat = (answer: Answer) =>
      wantsToken(answer) && (operation.operationType !== "mutation" || changedNothing(answer));
    return defer(() => from(auth.getAccessToken())).pipe(
      switchMap((token) => {
        // Without a token there is nothing to refresh: the person is signed out.
        if (token === undefined) return send(token);
        return repeatedOnce(send(token), mayRepeat, (otherwise) =>
          from(auth.refresh(token)).pipe(
            switchMap((another) => (another === undefined ? otherwise : send(another))),
          ),
        );
      }),
    );
  });
}

/** `first`, or what comes of `again` where its first answer was refused. */
function repeatedOnce(
  first: Observable<ApolloLink.Result>,
  mayRepeat: (answer: Answer) => boolean,
  again: (otherwise: Observable<ApolloLink.Result>) => Observable<ApolloLink.Result>,
): Observable<ApolloLink.Result> {
  let begun = false;
  const isFirst = () => {
    const first = !begun;
    begun = true;
    return first;
  };
  return first.pipe(
    concatMap((result) =>
      isFirst() && mayRepeat(result as Answer) ? again(of(result)) : of(result),
    ),
    catchError((error) => {
      const failed = throwError(() => error);
      return isFirst() && error.statusCode === 401 ? again(failed) : failed;
    }),
  );
}

/** What one person has read is not for the next; whoever comes in anew sees answers of their own. */
function emptyCaches(auth: Auth, clients: Set<ApolloClient>): void {
  let before = auth.state;
  auth.onAuthStateChange((_event, state) => {
    const isOther = before.status !== "loading" && before.user?.id !== state.user?.id;
    before = state;
    if (!isOther) return;
    for (const client of clients)
      (state.user ? client.resetStore() : client.clearStore()).catch(() => {});
  });
}

import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useMemo,
  useSyncExternalStore,
} from "react";
import type { Auth } from "../auth.js";
import type { AuthState } from "../state.js";
import type { User } from "../types.js";

const AuthContext = /* @__PURE__ */ createContext<Auth | undefined>(undefined);

/** Makes the keeper known to the components below. */
export function AuthProvider({ auth, children }: { auth: Auth; children?: ReactNode }) {
  // Where no window began it: a page that was rendered on the server, or React Native.
  useEffect(() => auth.start(), [auth]);
  return <AuthContext.Provider value={auth}>{children}</AuthContext.Provider>;
}

/** The keeper itself. */
export function useKeeper(): Auth {
  const auth = useContext(AuthContext);
  if (auth === undefined) throw new Error("useAuth and its like need an <AuthProvider> above");
  return auth;
}

export type AuthActions = Pick<Auth, "register" | "signIn" | "signOut" | "reloadUser">;

/** Who is signed in (`status` tells the three cases apart), and what one can do about it. */
export function useAuth(): AuthState & AuthActions {
  const auth = useKeeper();
  const state = useAuthState(auth);
  return useMemo(() => {
    const { register, signIn, signOut, reloadUser } = auth;
    return { ...state, register, signIn, signOut, reloadUser };
  }, [auth, state]);
}

const useAuthState = (auth: Auth): AuthState =>
  useSyncExternalStore(
    auth.subscribe,
    () => auth.state,
    () => auth.initialState,
  );

/** The signed-in user; `undefined` while loading and when signed out. */
export const useUser = (): User | undefined => useAuthState(useKeeper()).user;

interface WhenProps {
  children?: ReactNode;
}

/** Shows its children to whoever is signed in. */
export function SignedIn({ children }: WhenProps) {
  return useAuthState(useKeeper()).status === "signedIn" ? children : null;
}

/** Shows its children once it is certain that nobody is signed in; nothing while that is not known. */
export function SignedOut({ children }: WhenProps) {
  return useAuthState(useKeeper()).status === "signedOut" ? children : null;
}

export {
  type AuthActions,
  AuthProvider,
  SignedIn,
  SignedOut,
  useAuth,
  useUser,
} from "./context.js";
export { useSessions } from "./use-sessions.js";

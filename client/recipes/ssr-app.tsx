import { useAuth } from "@gatehouse/client/react";

export function App() {
  const { status, user } = useAuth();
  if (status === "loading") return <p>One moment …</p>;
  return status === "signedIn" ? <p>Hello {user.email}</p> : <p>Please sign in.</p>;
}

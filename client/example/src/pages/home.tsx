import { useAuth } from "@gatehouse/client/react";
import { useMe } from "../api/me";
import { DeviceList } from "./device-list";

/** For whoever is signed in. */
export function Home() {
  const { signOut } = useAuth();
  const { me, error } = useMe();
  return (
    <main>
      <h1>Hello {me?.email ?? "…"}</h1>
      {error && <p role="alert">{error.message}</p>}
      {me && <p>Here since {new Date(me.createdAt).toLocaleDateString()}.</p>}
      <button type="button" onClick={() => void signOut()}>
        Sign out
      </button>
      <DeviceList />
    </main>
  );
}

import { useAuth } from "@gatehouse/client/react";
import { useAction } from "../api/action";
import { useMe } from "../api/me";
import { DeviceList } from "./device-list";

/** For whoever is signed in. */
export function Home() {
  const { signOut } = useAuth();
  const { me, error } = useMe();
  const leaving = useAction(signOut);
  return (
    <main>
      <h1>Hello {me?.email ?? "…"}</h1>
      {error && <p role="alert">{error.message}</p>}
      {me && <p>Here since {new Date(me.createdAt).toLocaleDateString()}.</p>}
      <button type="button" disabled={leaving.isBusy} onClick={() => void leaving.run({})}>
        Sign out
      </button>
      {leaving.problem && <p role="alert">{leaving.problem}</p>}
      <DeviceList />
    </main>
  );
}

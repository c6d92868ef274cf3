import { useAction } from "../api/action";
import { useDevices } from "../api/devices";

export function DeviceList() {
  const { devices, error, signOut, signOutOthers } = useDevices();
  const one = useAction(signOut);
  const others = useAction(signOutOthers);
  const problem = error?.message ?? one.problem ?? others.problem;
  return (
    <section>
      <h2>Your devices</h2>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {devices?.map(({ id, name, isThisOne, lastUsed }) => (
          <li key={id}>
            <span>
              {name} {isThisOne && <strong>this one</strong>}
              <small>last used {lastUsed}</small>
            </span>
            <button type="button" className="quiet" onClick={() => void one.run(id)}>
              Sign out
            </button>
          </li>
        ))}
      </ul>
      {devices && devices.length > 1 && (
        <button type="button" className="quiet" onClick={() => void others.run(undefined)}>
          Sign out all others
        </button>
      )}
    </section>
  );
}

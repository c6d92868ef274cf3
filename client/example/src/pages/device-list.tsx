import { useDevices } from "../api/devices";

export function DeviceList() {
  const { devices, error, signOut, signOutOthers } = useDevices();
  return (
    <section>
      <h2>Your devices</h2>
      {error && <p role="alert">{error.message}</p>}
      <ul>
        {devices?.map(({ id, name, isThisOne, lastUsed }) => (
          <li key={id}>
            <span>
              {name} {isThisOne && <strong>this one</strong>}
              <small>last used {lastUsed}</small>
            </span>
            <button type="button" className="quiet" onClick={() => void signOut(id)}>
              Sign out
            </button>
          </li>
        ))}
      </ul>
      {devices && devices.length > 1 && (
        <button type="button" className="quiet" onClick={() => void signOutOthers()}>
          Sign out all others
        </button>
      )}
    </section>
  );
}

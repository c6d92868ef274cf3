import type { Session } from "@gatehouse/client";
import { useSessions } from "@gatehouse/client/react";

export interface Device {
  id: string;
  name: string;
  isThisOne: boolean;
  lastUsed: string;
}

const toDevice = ({ id, device, current, lastUsedAt }: Session): Device => ({
  id,
  name: device,
  isThisOne: current,
  lastUsed: new Date(lastUsedAt).toLocaleString(),
});

/** The devices on which the person is signed in, and how to sign them out. */
export function useDevices() {
  const { sessions, error, revoke, revokeOthers } = useSessions();
  return { devices: sessions?.map(toDevice), error, signOut: revoke, signOutOthers: revokeOthers };
}

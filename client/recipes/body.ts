import { createAuth } from "@gatehouse/client";

/** The phone's keychain, behind the two methods that the keeper needs. */
interface Keychain {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
}

export const createMobileAuth = (keychain: Keychain) =>
  createAuth({ url: "https://auth.example.com/graphql", transport: "BODY", storage: keychain });

/** A new one for each token: 128 random bits (the contract takes 16 to 128 characters). */
export const newRetryKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");

import { GatehouseError, hasCode } from "@gatehouse/client";
import { useState } from "react";

const messages: Record<string, string> = {
  INVALID_CREDENTIALS: "The address or the password is wrong.",
  NETWORK_ERROR: "The service cannot be reached.",
  OVERLOADED: "The service is busy. Try again in a moment.",
  RATE_LIMITED: "Too many tries. Wait a little.",
};

const faults: Record<string, string> = {
  TAKEN: "is taken",
  FORMAT_INVALID: "is not in the right form",
  TOO_SHORT: "is too short",
  TOO_LONG: "is too long",
  INSECURE: "is too easy to guess",
};

/** What to tell a person of an error. */
function explain(error: unknown): string {
  if (hasCode(error, "BAD_USER_INPUT"))
    return (error.details.fields ?? [])
      .map(({ field, code }) => `Your ${field} ${faults[code] ?? "cannot be accepted"}.`)
      .join(" ");
  if (error instanceof GatehouseError) return messages[error.code] ?? error.message;
  throw error;
}

/** Runs what a form or a button does; knows whether it is under way, and what went wrong. */
export function useAction<Input>(action: (input: Input) => Promise<unknown>) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const run = async (input: Input) => {
    setBusy(true);
    setProblem(undefined);
    await action(input).catch((error: unknown) => setProblem(explain(error)));
    setBusy(false);
  };
  return { run, isBusy, problem };
}

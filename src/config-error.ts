import { StartError } from "./start-error.js";

/** Why the boot stops: every setting that is bad, at once. Never holds a value. */
export class ConfigError extends StartError {
  override readonly name = "ConfigError";
  constructor(readonly faults: readonly string[]) {
    super(`Gatehouse cannot start:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`);
  }
}

import { StartError } from "../start-error.js";

/** Why there is no database to start with, in words for whoever runs the service: no stack needed. */
export class DatabaseStartError extends StartError {
  override readonly name = "DatabaseStartError";
}

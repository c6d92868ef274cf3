/** Why the service does not start, in words for whoever runs it: no stack is needed. */
export class StartError extends Error {
  override readonly name: string = "StartError";
}

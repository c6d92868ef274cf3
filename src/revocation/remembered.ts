import type { Config } from "../config.js";

/** Clocks and tokens on their way: how much longer than an access token something is remembered. */
const revocationMarginSeconds = 300;

/** For how long the end of a session, or another role, can matter to an access token. */
export const rememberSeconds = (config: Pick<Config, "accessTokenTtlSeconds">) =>
  config.accessTokenTtlSeconds + revocationMarginSeconds;

/**
 * What one request may take of us before anybody looks at it: sizes in bytes, times in
 * milliseconds. Larger or slower ones are answered 413, 431 or 408, or closed.
 */
export const serverLimits = {
  /** The largest honest request, a registration with every field full, has some 10 kB. */
  bodyLimit: 100_000,
  /** From the first byte to the last of the body: against bodies that drip. */
  requestTimeout: 15_000,
  /** Idle connections; longer than the 60 s of common load balancers, so that they close first. */
  keepAliveTimeout: 65_000,
  routerOptions: { maxParamLength: 200 },
  http: { maxHeaderSize: 16_384, headersTimeout: 10_000, connectionsCheckingInterval: 2_000 },
};

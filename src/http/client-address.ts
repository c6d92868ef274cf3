/** The address as it is stored and shown: IPv4 that came over IPv6 is written as IPv4. */
export const clientAddress = (ip: string | undefined): string | null =>
  ip?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "").slice(0, 45) ?? null;

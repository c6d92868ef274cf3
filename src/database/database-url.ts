/** What may be shown of a DATABASE_URL: never the password, nor options that could hold one. */
export function describeDatabase(url: string): string {
  const { hostname, port, pathname, username } = new URL(url);
  const user = username === "" ? "" : ` as ${decodeURIComponent(username)}`;
  return `${hostname || "localhost"}:${port || 5432}${decodeURIComponent(pathname)}${user}`;
}

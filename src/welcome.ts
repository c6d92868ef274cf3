import type { Config } from "./config.js";

const firstSignIn = (
  url: string,
) => `curl -s ${url}/graphql -H 'content-type: application/json' -d '{
  "query": "mutation($input: RegisterInput!) { register(input: $input) { auth { accessToken refreshToken user { id email } } } }",
  "variables": { "input": { "email": "grace@example.com", "password": "correct horse battery" } } }'`;

/** One that works from this machine; PUBLIC_URL where it is the same port. */
function urlToTry({ publicUrl }: Config, address: string): string {
  const url = new URL(address);
  if (url.port === new URL(publicUrl).port) return publicUrl;
  if (["0.0.0.0", "[::]"].includes(url.hostname)) url.hostname = "localhost";
  return url.origin;
}

const line = (title: string, text: string | undefined): string[] =>
  text === undefined ? [] : [`  ${title.padEnd(20)}${text}`];

/**
 * What a person at a terminal wants to know once the service listens.
 * @param address on which it listens
 * @param notice about the database, if there is one
 */
export function welcome(config: Config, address: string, notice: string | undefined): string {
  const url = urlToTry(config, address);
  const isOpen = !["127.0.0.1", "::1", "localhost"].includes(config.host);
  const lines = [
    "",
    "  Gatehouse is up.",
    "",
    ...line("GraphQL, Sandbox", `${url}/graphql`),
    ...line("Mail", config.smtpUrl ? undefined : `${url}/dev/mailbox`),
    ...line("Keys of the tokens", `${url}/.well-known/jwks.json`),
    ...line("Health", `${url}/health/live  ${url}/health/ready`),
    ...line("Metrics", `${url}/metrics`),
    ...line("Database", notice),
    ...(isOpen ? ["", `  Development mode listens on ${config.host}: others can reach it.`] : []),
    "",
    "  The first sign-in:",
    "",
    firstSignIn(url),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

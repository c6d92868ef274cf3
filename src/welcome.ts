import type { Config } from "./config.js";

const firstSignIn = (
  url: string,
) => `curl -s ${url}/graphql -H 'content-type: application/json' -d '{
  "query": "mutation($input: RegisterInput!) { register(input: $input) { auth { accessToken refreshToken user { id email } } } }",
  "variables": { "input": { "email": "ada@example.com", "password": "correct horse battery" } } }'`;

/** What a person at a terminal wants to know once the service listens. */
export function welcome(config: Config, address: string, notice: string | undefined): string {
  const url = new URL(address).port === new URL(config.publicUrl).port ? config.publicUrl : address;
  const isOpen = !["127.0.0.1", "::1", "localhost"].includes(config.host);
  const lines = [
    "",
    `  Gatehouse           ${url}`,
    `  GraphQL, Sandbox    ${url}/graphql`,
    `  Keys of the tokens  ${url}/.well-known/jwks.json`,
    `  Health              ${url}/health/live  ${url}/health/ready`,
    ...(notice === undefined ? [] : [`  Database            ${notice}`]),
    ...(isOpen ? ["", `  Development mode listens on ${config.host}: others can reach it.`] : []),
    "",
    "  The first sign-in:",
    "",
    firstSignIn(url),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

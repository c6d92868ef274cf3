// @ts-nocheck: its packages are not those of the root, and seldom installed.
import "./production.cjs";
import { generateKeyPairSync } from "node:crypto";
import { Provider } from "oidc-provider";
import contender from "./contender.cjs";
import { createAdapter } from "./oidc-provider-adapter.mjs";

const { announce, connections, databaseUrl, port, secret, seed } = contender;

const clientId = "benchmark";
const resource = "https://api.example.com";
const resourceScope = "api";
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: await createAdapter(databaseUrl, connections),
  // Client and account are known in memory, which spares each refresh two reads.
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  clients: [
    {
      client_id: clientId,
      // A public client, as a browser is: no secret is compared.
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["https://client.example.com/signed-in"],
      id_token_signed_response_alg: "ES256",
    },
  ],
  cookies: { keys: [secret("oidc-provider")] },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      // ES256, as ours are, and stored nowhere: faster here than a row for each access token.
      getResourceServerInfo: () => ({
        scope: resourceScope,
        audience: resource,
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "ES256" }] },
  rotateRefreshToken: true,
  scopes: ["openid", "offline_access", resourceScope],
  ttl: { AccessToken: 600, Grant: 1_209_600, IdToken: 600, RefreshToken: 1_209_600 },
});

/** The grant first: a refresh token without one is refused. */
async function mint(n) {
  const accountId = `seed-${n}`;
  const client = await provider.Client.find(clientId);
  const grant = new provider.Grant({ accountId, clientId });
  grant.addOIDCScope("offline_access");
  grant.addResourceScope(resource, resourceScope);
  const grantId = await grant.save();
  return new provider.RefreshToken({
    accountId,
    client,
    grantId,
    resource,
    scope: `offline_access ${resourceScope}`,
    gty: "authorization_code",
    authTime: Math.floor(Date.now() / 1000),
    rotations: 0,
  }).save();
}

const seeds = await seed(mint);
provider.listen(port, "127.0.0.1", () =>
  announce({
    refresh: {
      method: "POST",
      path: "/token",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `grant_type=refresh_token&client_id=${clientId}&refresh_token={{token}}`,
      seeds,
      next: '"refresh_token":"([^"]+)"',
      ok: '"access_token":"[^"]+".*"refresh_token":"[^"]+"',
    },
  }),
);

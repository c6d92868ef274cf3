/** The documents that the stories use: everything a client may ask of a session. */

const sessionFields = `id current device userAgent createdAt createdByIp lastUsedAt lastUsedByIp
  expiresAt absoluteExpiresAt rotations endedAt endedByIp endReason`;

const userFields =
  "id email emailVerified username firstName lastName avatarUrl role createdAt updatedAt";

const authFields = `accessToken tokenType expiresIn refreshToken refreshExpiresIn
  user { ${userFields} } session { ${sessionFields} }`;

export const operations = {
  register: `mutation ($input: RegisterInput!) { register(input: $input) { auth { ${authFields} } verificationToken } }`,
  login: `mutation ($input: LoginInput!) { login(input: $input) { ${authFields} } }`,
  refreshToken: `mutation ($refreshToken: String, $retryKey: String, $previousRetryKey: String) {
    refreshToken(refreshToken: $refreshToken, retryKey: $retryKey, previousRetryKey: $previousRetryKey) { ${authFields} } }`,
  logout: `mutation ($refreshToken: String, $everywhere: Boolean! = false) { logout(refreshToken: $refreshToken, everywhere: $everywhere) }`,
  me: `{ me { ${userFields} } }`,
  mySessions: `query ($includeEnded: Boolean! = false) { mySessions(includeEnded: $includeEnded) { ${sessionFields} } }`,
  revokeSession: `mutation ($id: ID!) { revokeSession(id: $id) { ${sessionFields} } }`,
  revokeOtherSessions: `mutation { revokeOtherSessions { ${sessionFields} } }`,
} as const;

export type OperationName = keyof typeof operations;

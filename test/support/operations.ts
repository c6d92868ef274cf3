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
  sendEmailVerification: `mutation ($verificationToken: String) { sendEmailVerification(verificationToken: $verificationToken) { expiresIn resendAfter } }`,
  verifyEmail: `mutation ($input: VerifyEmailInput!) { verifyEmail(input: $input) { ${authFields} } }`,
  requestPasswordReset: `mutation ($email: String!) { requestPasswordReset(email: $email) { expiresIn resendAfter } }`,
  resetPassword: `mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }`,
  changePassword: `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ${authFields} } }`,
  requestEmailChange: `mutation ($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) { expiresIn resendAfter } }`,
  confirmEmailChange: `mutation ($code: String!) { confirmEmailChange(code: $code) { ${userFields} } }`,
  updateProfile: `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { ${userFields} } }`,
  deleteAccount: `mutation ($password: String!) { deleteAccount(password: $password) }`,
  reportSession: `mutation ($token: String!) { reportSession(token: $token) }`,
  myActivity: `query ($first: Int! = 20, $after: String) { myActivity(first: $first, after: $after) {
    edges { cursor node { id kind at ip device sessionId } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
} as const;

export type OperationName = keyof typeof operations;

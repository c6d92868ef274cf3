/**
 * The operations that this package sends. Plain strings, so that nothing parses GraphQL in the
 * browser; `as const`, so that gql.tada can read them in the types' test.
 */
const user =
  "id email emailVerified username firstName lastName avatarUrl role createdAt updatedAt" as const;
const session =
  "id current device userAgent createdAt createdByIp lastUsedAt lastUsedByIp expiresAt absoluteExpiresAt rotations endedAt endedByIp endReason" as const;
const payload =
  `accessToken expiresIn refreshToken user { ${user} } session { ${session} }` as const;

export const registerDocument =
  `mutation Register($input: RegisterInput!) { register(input: $input) { auth { ${payload} } verificationToken } }` as const;
export const signInDocument =
  `mutation SignIn($input: LoginInput!) { login(input: $input) { ${payload} } }` as const;
export const refreshDocument =
  `mutation Refresh($refreshToken: String, $retryKey: String, $previousRetryKey: String) { refreshToken(refreshToken: $refreshToken, retryKey: $retryKey, previousRetryKey: $previousRetryKey) { ${payload} } }` as const;
export const signOutDocument =
  "mutation SignOut($refreshToken: String, $everywhere: Boolean!) { logout(refreshToken: $refreshToken, everywhere: $everywhere) }" as const;
export const meDocument = `query Me { me { ${user} } }` as const;
export const sessionsDocument = `query Sessions { mySessions { ${session} } }` as const;
export const revokeSessionDocument =
  `mutation RevokeSession($id: ID!) { revokeSession(id: $id) { ${session} } }` as const;
export const revokeOtherSessionsDocument =
  `mutation RevokeOtherSessions { revokeOtherSessions { ${session} } }` as const;
export const sessionEventsDocument =
  `subscription SessionEvents { sessionEvents { kind at session { ${session} } } }` as const;
export const verifyEmailDocument =
  `mutation VerifyEmail($input: VerifyEmailInput!) { verifyEmail(input: $input) { ${payload} } }` as const;
export const changePasswordDocument =
  `mutation ChangePassword($input: ChangePasswordInput!) { changePassword(input: $input) { ${payload} } }` as const;

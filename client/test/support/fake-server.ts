import type { Session, User } from "../../src/index.js";
import { newRow, present, type SessionRow } from "./rotation-table.js";

/** What happens to one request on its way; nothing, if not said. */
export type Mishap =
  | "requestLost"
  | "replyLost"
  | "cutAfterHeaders"
  | { code: string; retryAfter?: number };

interface Row extends SessionRow {
  id: string;
  user: User;
  transport: string;
}

interface Sent {
  operation: string;
  variables: Record<string, unknown> & { input?: Record<string, string> };
  bearer?: string;
}

/** The service in memory, with its rotation table, for tests in fake time. */
export class FakeServer {
  ttlSeconds = 900;
  /** Until an answer leaves. */
  latencyMs = 10;
  readonly sent: Sent[] = [];
  readonly rows = new Map<string, Row>();
  readonly mishaps: Mishap[] = [];
  /** Answers that are given instead. */
  readonly answers = new Map<string, object>();
  reuses = 0;
  isDown = false;
  /** While it is set, nothing answers. */
  hangs = false;
  private readonly tokens = new Map<string, { session: string; until: number }>();
  private serial = 0;

  readonly user = (email: string): User => ({
    id: `id of ${email}`,
    email,
    emailVerified: true,
    username: null,
    firstName: null,
    lastName: null,
    avatarUrl: null,
    role: "USER",
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
  });

  count(operation: string): number {
    return this.sent.filter((sent) => sent.operation === operation).length;
  }

  rename(email: string, firstName: string): void {
    for (const row of this.rows.values())
      if (row.user.email === email)
        row.user = { ...row.user, firstName, updatedAt: "2026-02-01T00:00:00.000Z" };
  }

  /** Access tokens of the session are dead at once. */
  revoke(session: string): void {
    const row = this.rows.get(session);
    if (row) row.ended = true;
  }

  /** Access tokens expire on the service before their time. */
  forgetAccessTokens(): void {
    this.tokens.clear();
  }

  handle(sent: Sent, cookie?: string): { body: object; setCookie?: string } {
    this.sent.push(sent);
    const prepared = this.answers.get(sent.operation);
    if (prepared) return { body: prepared };
    const operations: Record<string, () => { body: object; setCookie?: string }> = {
      Register: () => this.signIn(sent, "register"),
      SignIn: () => this.signIn(sent, "login"),
      Refresh: () => this.refresh(sent, cookie),
      SignOut: () => this.signOut(sent, cookie),
      ChangePassword: () => this.changePassword(sent),
      VerifyEmail: () => this.signIn(sent, "verifyEmail"),
    };
    return (operations[sent.operation] ?? (() => this.read(sent)))();
  }

  private signIn({ variables: { input } }: Sent, field: string) {
    if (input?.password === "wrong") return failure("INVALID_CREDENTIALS");
    const id = `session-${++this.serial}`;
    const user = this.user(input?.email ?? "");
    this.rows.set(id, { ...newRow(), id, user, transport: input?.transport ?? "BODY" });
    const { payload, setCookie } = this.payload(id);
    const data = field === "register" ? { auth: payload, verificationToken: null } : payload;
    return { body: { data: { [field]: data } }, setCookie };
  }

  private refresh({ variables }: Sent, cookie?: string) {
    const [id = "", generation] = String(variables.refreshToken ?? cookie ?? "").split("/");
    const row = this.rows.get(id);
    if (!row || (row.transport === "COOKIE") === Boolean(variables.refreshToken))
      return failure("INVALID_REFRESH_TOKEN");
    const decision = present(row, { ...variables, generation: Number(generation) }, Date.now());
    if (decision === "REUSE") this.reuses += 1;
    if (decision === "OVERLOADED") return failure("OVERLOADED", { retryAfter: 1 });
    if (decision === "REUSE" || decision === "ENDED") return failure("INVALID_REFRESH_TOKEN");
    const { payload, setCookie } = this.payload(id);
    return { body: { data: { refreshToken: payload } }, setCookie };
  }

  /** Goes through the rotation, as whatever changes a session does. */
  private changePassword({ bearer, variables: { input } }: Sent) {
    const row = this.rows.get(this.tokens.get(bearer ?? "")?.session ?? "");
    if (!row) return failure("UNAUTHENTICATED");
    if (input?.currentPassword === "wrong") return failure("INVALID_CREDENTIALS");
    const { generation } = row;
    present(row, { generation, retryKey: input?.retryKey }, Date.now());
    const { payload, setCookie } = this.payload(row.id);
    return { body: { data: { changePassword: payload } }, setCookie };
  }

  private signOut({ variables }: Sent, cookie?: string) {
    const [id = ""] = String(variables.refreshToken ?? cookie ?? "").split("/");
    this.revoke(id);
    return { body: { data: { logout: true } }, setCookie: "" };
  }

  private read({ operation, bearer }: Sent) {
    const token = this.tokens.get(bearer ?? "");
    const row = this.rows.get(token?.session ?? "");
    const isGood = token && row && !row.ended && token.until > Date.now();
    if (bearer !== undefined && !isGood)
      return { body: { data: null, errors: [{ ...unauthenticated, path: ["me"] }] } };
    const mySessions = [...this.rows.values()]
      .filter((other) => other.user.id === row?.user.id && !other.ended)
      .map((other) => this.session(other, other === row));
    return {
      body: { data: operation === "Sessions" ? { mySessions } : { me: row?.user ?? null } },
    };
  }

  private payload(id: string) {
    const row = this.rows.get(id) as Row;
    const accessToken = `access-${++this.serial}`;
    this.tokens.set(accessToken, { session: id, until: Date.now() + this.ttlSeconds * 1000 });
    const refreshToken = `${id}/${row.generation}`;
    const isCookie = row.transport === "COOKIE";
    const payload = {
      accessToken,
      expiresIn: this.ttlSeconds,
      refreshToken: isCookie ? null : refreshToken,
      user: row.user,
      session: this.session(row, true),
    };
    return { payload, setCookie: isCookie ? refreshToken : undefined };
  }

  session({ id, generation }: Pick<Row, "id" | "generation">, current: boolean): Session {
    const now = new Date().toISOString();
    return {
      id,
      current,
      device: "Test",
      userAgent: null,
      createdAt: now,
      createdByIp: null,
      lastUsedAt: now,
      lastUsedByIp: null,
      expiresAt: now,
      absoluteExpiresAt: now,
      rotations: generation,
      endedAt: null,
      endedByIp: null,
      endReason: null,
    };
  }
}

export const failure = (code: string, more: object = {}) => ({
  body: { data: null, errors: [{ message: code, extensions: { code, ...more } }] },
});

const unauthenticated = { message: "no", extensions: { code: "UNAUTHENTICATED" } };

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestApp, type TestApp } from "../support/app.js";
import { bearer, run } from "../support/client.js";
import { newCredentials, newMember } from "../support/personas.js";

let service: TestApp;
beforeAll(async () => {
  service = await startTestApp();
});
afterAll(() => service.close());

const register = (input: object) => run(service.app, "register", { input });

const faults = async (input: object) => (await register(input)).errors[0]?.extensions;

describe("register", () => {
  test("makes an account and signs its owner in at once", async () => {
    const input = {
      ...newCredentials(),
      username: `Grace_${Date.now().toString(36)}`,
      firstName: " Grace ",
      lastName: "Hopper",
      avatarUrl: "https://cdn.example.com/grace.png?size=2",
    };
    const { data } = await register(input);
    const { auth, verificationToken } = data.register;
    expect(verificationToken).toBeNull();
    expect(auth.user).toMatchObject({
      email: input.email,
      emailVerified: false,
      username: input.username,
      firstName: "Grace",
      lastName: "Hopper",
      avatarUrl: input.avatarUrl,
      role: "USER",
    });
    const me = await run(service.app, "me", {}, bearer(auth.accessToken));
    expect(me.data.me).toEqual(auth.user);
  });

  test("stores no password: the row holds a peppered bcrypt hash", async () => {
    const { auth, password } = await newMember(service.app);
    const { rows } = await service.pool.query("SELECT * FROM users WHERE id = $1", [auth.user.id]);
    expect(rows[0].password_hash).toMatch(/^\$2[aby]\$04\$/);
    expect(JSON.stringify(rows[0])).not.toContain(password);
  });

  test("takes only the fields that it declares", async () => {
    const { status, errors } = await register({ ...newCredentials(), role: "ADMIN" });
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBe("BAD_USER_INPUT");
  });
});

describe("an address", () => {
  test.each([
    ["another case", (email: string) => email.toUpperCase()],
    ["white space around it", (email: string) => `\t ${email}\u00a0`],
    ["full-width letters", (email: string) => email.replace("person", "ｐｅｒｓｏｎ")],
  ])("in %s is the same address", async (_name, change) => {
    const { email } = await newMember(service.app);
    expect(await faults({ ...newCredentials(), email: change(email) })).toMatchObject({
      code: "BAD_USER_INPUT",
      fields: [{ field: "email", code: "TAKEN" }],
    });
  });

  test("whose domain is written in two ways is one", async () => {
    const local = `p${Date.now()}`;
    const { data } = await register({ ...newCredentials(), email: `${local}@bücher.example` });
    expect(data.register.auth.user.email).toBe(`${local}@bücher.example`);
    const again = await faults({ ...newCredentials(), email: `${local}@XN--BCHER-KVA.example` });
    expect(again?.fields).toEqual([{ field: "email", code: "TAKEN" }]);
  });

  test.each([
    "",
    "plain",
    "a@b",
    "a b@example.com",
    "a@example.com\nbcc: b@example.com",
    '"a b"@example.com',
    "a@exa mple.com",
    "a@@example.com",
    "<a@example.com>",
    "a\u0000@example.com",
    "a\u200b@example.com",
    "a\u202eb@example.com",
    "a@example.com/x",
    "a@example.com#",
    "a@ex%61mple.com",
    "a@exa\nmple.com",
    "a@exa\tmple.com",
    `${"a".repeat(65)}@example.com`,
    `a@${"b".repeat(250)}.com`,
  ])("that is none is refused: %j", async (email) => {
    expect(await faults({ ...newCredentials(), email })).toMatchObject({
      fields: [{ field: "email", code: "FORMAT_INVALID" }],
    });
  });
});

test("50 registrations of one address at once make one account", async () => {
  const { email } = newCredentials();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => register({ ...newCredentials(), email })),
  );
  const made = answers.filter(({ data }) => data?.register);
  expect(made).toHaveLength(1);
  for (const { errors, data } of answers)
    if (!data?.register)
      expect(["BAD_USER_INPUT", "OVERLOADED"]).toContain(errors[0]?.extensions.code);
  const { rows } = await service.pool.query("SELECT FROM users WHERE email = $1", [email]);
  expect(rows).toHaveLength(1);
});

describe("a username", () => {
  test("is unique whatever its case, and both taken fields are named", async () => {
    const username = `Linus.${Date.now().toString(36)}`;
    const { email } = await newMember(service.app, { username });
    expect(await faults({ ...newCredentials(), email, username: username.toLowerCase() })).toEqual({
      code: "BAD_USER_INPUT",
      fields: [
        { field: "email", code: "TAKEN" },
        { field: "username", code: "TAKEN" },
      ],
    });
  });

  test.each([
    ["ab", "TOO_SHORT"],
    ["a".repeat(33), "TOO_LONG"],
    ["has space", "FORMAT_INVALID"],
    ["ada@example.com", "FORMAT_INVALID"],
    [".ada", "FORMAT_INVALID"],
    ["ada\u200b", "FORMAT_INVALID"],
  ])("%j is refused: %s", async (username, code) => {
    expect((await faults({ ...newCredentials(), username }))?.fields).toEqual([
      { field: "username", code },
    ]);
  });

  test("may be of any script", async () => {
    const username = `Åsa-Ñandú-${Date.now().toString(36)}`;
    const { auth } = await newMember(service.app, { username });
    expect(auth.user.username).toBe(username);
  });
});

describe("a password", () => {
  test.each([
    ["short", "TOO_SHORT"],
    ["🔑".repeat(7), "TOO_SHORT"],
    ["x9!".repeat(86), "TOO_LONG"],
    ["password123", "INSECURE"],
  ])("%j is refused: %s", async (password, code) => {
    const { email } = newCredentials();
    expect((await faults({ email, password }))?.fields).toMatchObject([
      { field: "password", code },
    ]);
  });

  test("made of the person's own address is refused", async () => {
    const email = `margaret.hamilton.${Date.now()}@example.com`;
    expect((await faults({ email, password: email }))?.fields).toMatchObject([
      { field: "password", code: "INSECURE" },
    ]);
  });
});

test.each([
  ["firstName", "x".repeat(101), "TOO_LONG"],
  ["lastName", "a\u0000b", "FORMAT_INVALID"],
  ["deviceName", "a\nb", "FORMAT_INVALID"],
  ["deviceName", "x".repeat(101), "TOO_LONG"],
  ["avatarUrl", "http://example.com/a.png", "FORMAT_INVALID"],
  ["avatarUrl", "javascript:alert(1)", "FORMAT_INVALID"],
  ["avatarUrl", "https://user:secret@example.com/a.png", "FORMAT_INVALID"],
  ["avatarUrl", `https://example.com/${"a".repeat(2048)}`, "TOO_LONG"],
])("%s %j is refused: %s", async (field, value, code) => {
  expect((await faults({ ...newCredentials(), [field]: value }))?.fields).toEqual([
    { field, code },
  ]);
});

test("everything that is wrong is said at once", async () => {
  const answer = await faults({ email: "x", password: "x", username: "x", avatarUrl: "x" });
  expect(answer?.fields?.map(({ field }) => field).sort()).toEqual([
    "avatarUrl",
    "email",
    "password",
    "username",
  ]);
});

test("text that takes long to normalise is refused before that is tried", async () => {
  // Combining marks in descending classes: to order 40,000 of them takes seconds.
  const marks = "\u0301\u0323".repeat(20_000);
  const started = performance.now();
  for (const field of ["email", "username", "firstName", "deviceName", "password"])
    expect((await register({ ...newCredentials(), [field]: marks })).code).toBe("BAD_USER_INPUT");
  const login = { username: marks, password: "whatever it is" };
  expect((await run(service.app, "login", { input: login })).code).toBe("INVALID_CREDENTIALS");
  // Normalised first, each of the six takes more than a second by itself on a machine at rest.
  expect(performance.now() - started).toBeLessThan(6000);
});

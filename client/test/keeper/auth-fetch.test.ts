import { expect, test } from "@jest/globals";
import { createAuthFetch } from "../../src/index.js";
import { story } from "../support/story.js";

const it = story();
const url = "http://localhost/graphql";
const answer = (body: object, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const refused = { data: null, errors: [{ message: "", extensions: { code: "UNAUTHENTICATED" } }] };

/** `createAuthFetch` over answers of one's own; `sent`: what left, with its body. */
async function over(...answers: Response[]) {
  const tab = await it.signedInTab();
  const sent: string[] = [];
  const fetch = createAuthFetch(tab, async (input) => {
    const request = input as Request;
    sent.push(`${request.headers.get("authorization")} ${await request.text()}`);
    return answers.shift() ?? answer({});
  });
  return { fetch, sent, tab };
}

test("fetch sends the token, and repeats a refused request once with another, body and all", async () => {
  const { fetch, sent, tab } = await over(answer(refused), answer({ data: { a: 1 } }));
  const first = await tab.getAccessToken();
  const response = await it.settled(fetch(url, { method: "POST", body: "{}" }), 500);
  expect(await response.json()).toEqual({ data: { a: 1 } });
  expect(sent).toEqual([`Bearer ${first} {}`, `Bearer ${await tab.getAccessToken()} {}`]);
});

test("fetch repeats nothing of which a part was carried out", async () => {
  const { fetch, sent } = await over(answer({ ...refused, data: { a: 1 } }));
  await it.settled(fetch(url, { method: "POST", body: "{}" }), 500);
  expect(sent).toHaveLength(1);
});

test("fetch repeats a 401 once and gives the second as it is", async () => {
  const { fetch, sent } = await over(answer({}, 401), answer({}, 401));
  const response = await it.settled(fetch(url), 500);
  expect(response.status).toBe(401);
  expect(sent).toHaveLength(2);
});

test("fetch leaves other answers alone", async () => {
  const { fetch, sent } = await over(new Response("a picture"));
  expect(await (await it.settled(fetch(url), 500)).text()).toBe("a picture");
  expect(sent).toHaveLength(1);
});

import { readFileSync, writeFileSync } from "node:fs";
import autocannon from "autocannon";
import { percentile } from "../support/statistics.js";
import { type Load, type Outcome, takesToken, withToken } from "./load.js";

/** `node --import tsx autocannon-process.ts FILE`: the load is in the file, the outcome comes there. */
const [, , file = ""] = process.argv;
const load: Load = JSON.parse(readFileSync(file, "utf8"));
const { case: wanted } = load;
const ok = new RegExp(wanted.ok);
const next = wanted.next === undefined ? undefined : new RegExp(wanted.next);
const takes = takesToken(wanted);

const queue = [...load.tokens];
let used = 0;
let failed = 0;
let example: string | undefined;
const took: number[] = [];

/** Each token once where answers bring the next one, else in turn. */
function pop(): string {
  const token = next === undefined ? queue[used++ % queue.length] : queue[used++];
  if (token === undefined) fail("no token is left");
  return token ?? "";
}

function fail(what: string): void {
  failed++;
  example ??= what.slice(0, 500);
}

function judge(status: number, body: string, headers: object): void {
  const token = (next?.exec(body) ?? next?.exec(JSON.stringify(headers)))?.[1];
  if (status !== 200 || !ok.test(body)) fail(`${status} ${body}`);
  else if (token !== undefined) queue.push(token);
  else if (next !== undefined) fail(`no next token: ${body}`);
}

const result = await new Promise<autocannon.Result>((resolve, reject) => {
  const run = autocannon(
    {
      url: load.url,
      connections: load.connections,
      duration: load.seconds,
      timeout: 10,
      requests: [
        {
          method: wanted.method as "POST",
          setupRequest: (request) => ({ ...request, ...withToken(wanted, takes ? pop() : "") }),
          onResponse: (status, body, _context, headers) => judge(status, body, headers ?? {}),
        },
      ],
    },
    (error, done) => (error ? reject(error) : resolve(done)),
  );
  run.on("response", (_client, _status, _bytes, milliseconds) => void took.push(milliseconds));
});
if (result.errors > 0) fail(`${result.errors} requests without an answer`);

const outcome: Outcome = {
  answers: took.length,
  seconds: result.duration,
  p50: percentile(took, 0.5),
  p99: percentile(took, 0.99),
  failed,
  example,
  tokens: next === undefined ? queue : queue.slice(used),
};
writeFileSync(file, JSON.stringify(outcome));

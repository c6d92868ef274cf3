import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, expect, test } from "@jest/globals";
import { autocannonTool } from "../../benchmark/load/autocannon.js";
import { findLoadTool } from "../../benchmark/load/find-tool.js";
import type { LoadTool } from "../../benchmark/load/load.js";
import { luaPattern } from "../../benchmark/load/lua-pattern.js";
import { measurable } from "../../benchmark/measures/sample.js";
import type { Case } from "../../benchmark/support/contender.js";

const execute = promisify(execFile);
/** On a machine that does much else. */
const slow = 120_000;

test(
  "the benchmark counts a refresh only if the database has rotated a session for it",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "gatehouse-benchmark-test-"));
    const json = join(folder, "results.json");
    const size = ["--rounds", "1", "--seconds", "1", "--connections", "4"];
    const options = ["--only", "plain-fastify/refresh", ...size, "--json", json];
    const { stdout } = await execute("node", ["--import", "tsx", "benchmark/run.ts", ...options]);
    const { requests } = JSON.parse(readFileSync(json, "utf8"));
    rmSync(folder, { recursive: true });
    const [sample] = requests["plain-fastify/refresh"].samples;
    expect(sample.answers).toBeGreaterThan(0);
    expect(sample.rotations).toBeGreaterThanOrEqual(sample.answers);
    expect(sample.rotations).toBeLessThanOrEqual(sample.answers + 4);
    expect(stdout).toContain("floor: plain Fastify");
  },
  slow,
);

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

/** A contender in this process. */
async function startServer(answer: (token: string) => string): Promise<string> {
  const listening = createServer((request, response) => {
    response.end(answer(request.url?.slice(1) ?? ""));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

const rotating: Case = {
  method: "GET",
  path: "/{{token}}",
  seeds: Array.from({ length: 20 }, (_, n) => `session${n}-0`),
  next: '"next": ?"([^"]+)"',
  ok: '"answer":"good"',
};

const good = (token: string) => {
  const [session, generation] = token.split("-");
  return JSON.stringify({ answer: "good", next: `${session}-${Number(generation) + 1}` });
};

const sampleOf = (url: string, tool: LoadTool, rotations: () => number) =>
  measurable({
    entry: { contender: "test", case: "rotating", label: "", rotates: true },
    contender: {
      ...{ name: "test", url, pid: process.pid, cases: { rotating } },
      end: async () => undefined,
    },
    database: {
      url: "",
      query: async <Row>() => [{ n: rotations() }] as Row[],
      end: async () => undefined,
    },
    tool,
    connections: 3,
  }).sample(1);

const tools = new Map([findLoadTool(), autocannonTool()].map((tool) => [tool.name, tool]));

test.each([...tools])(
  "%s: each token is used once, and replaced by the one in its answer",
  async (_name, tool) => {
    const used: string[] = [];
    const url = await startServer((token) => {
      used.push(token);
      return good(token);
    });
    const { answers } = await sampleOf(url, tool, () => used.length);
    expect(answers).toBeGreaterThan(100);
    expect(new Set(used).size).toBe(used.length);
    expect(used.length - answers).toBeLessThanOrEqual(3);
  },
  slow,
);

test.each([...tools])(
  "%s: one answer that is no good fails the run",
  async (_name, tool) => {
    let asked = 0;
    const url = await startServer((token) => (++asked === 50 ? '{"answer":"bad"}' : good(token)));
    await expect(sampleOf(url, tool, () => asked)).rejects.toThrow(
      /^test\/rotating: 1 of \d+ answers failed: 200 {"answer":"bad"}/,
    );
  },
  slow,
);

test(
  "answers that rotate nothing in the database fail the run",
  async () => {
    const url = await startServer(good);
    await expect(sampleOf(url, findLoadTool(), () => 7)).rejects.toThrow(
      /answers, but 0 rotations in the database$/,
    );
  },
  slow,
);

test("what Lua's patterns cannot say is refused, all else is translated", () => {
  expect(luaPattern('"refreshToken": *"([^"]+)"')).toBe('%"refreshToken%"%: *%"([^"]+)%"');
  expect(luaPattern("^\\d+[\\w.-]*%$")).toBe("^%d+[%w_.-]*%%$");
  expect(luaPattern("a.*?b")).toBe("a.-b");
  for (const source of ["a|b", "a{2}", "(?:a)", "(a)+", "a+?"])
    expect(() => luaPattern(source)).toThrow(/^wrk's Lua has no/);
});

import type { Case } from "../support/contender.js";
import { takesToken } from "./load.js";
import { luaPattern } from "./lua-pattern.js";

/** Every byte that is no letter or digit by its number: nothing to escape is forgotten. */
const luaString = (text: string) =>
  `"${[...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      return /[A-Za-z0-9 ]/.test(char) ? char : `\\${String(byte).padStart(3, "0")}`;
    })
    .join("")}"`;

const luaTable = (headers: Record<string, string>) =>
  `{${Object.entries(headers)
    .map(([name, text]) => `[${luaString(name)}] = ${luaString(text)}`)
    .join(", ")}}`;

/** Texts in which the token has its place, as Lua functions of the token. */
const luaFilled = (text: string) => text.split("{{token}}").map(luaString).join(" .. token .. ");

const luaFilledTable = (headers: Record<string, string>) =>
  `{${Object.entries(headers)
    .map(([name, text]) => `[${luaString(name)}] = ${luaFilled(text)}`)
    .join(", ")}}`;

const fixedRequest = ({ method, path, headers = {}, body }: Case) => `
local fixed
function request()
  fixed = fixed or wrk.format(${luaString(method)}, ${luaString(path)}, ${luaTable(headers)}, ${body === undefined ? "nil" : luaString(body)})
  return fixed
end`;

/** A queue where each token is used once, a ring otherwise. */
const tokenRequest = ({ method, path, headers = {}, body, next }: Case) => `
local function pop()
  local token = tokens[first]
  if token == nil then starved = starved + 1; return "" end
  ${next === undefined ? "" : "tokens[first] = nil"}
  first = first + 1
  ${next === undefined ? "if first > last then first = 1 end" : ""}
  return token
end
function request()
  local token = pop()
  return wrk.format(${luaString(method)}, ${luaFilled(path)}, ${luaFilledTable(headers)}, ${body === undefined ? "nil" : luaFilled(body)})
end`;

const pushNext = (next: string) => `
  local token = string.match(body, ${luaString(luaPattern(next))})
  if token == nil then
    for name, value in pairs(headers) do
      if string.lower(name) == "set-cookie" then
        token = token or string.match(value, ${luaString(luaPattern(next))})
      end
    end
  end
  if token == nil then return fail(status, "no next token: " .. body) end
  last = last + 1
  tokens[last] = token`;

/**
 * What wrk does in one thread: takes tokens from a queue, puts those of the answers behind, and
 * counts every answer that is not as it should be.
 *
 * @param tokensFile one a line; after the load, those that are left
 * @param resultFile JSON, in wrk's microseconds
 */
export function wrkScript(wanted: Case, tokensFile: string, resultFile: string): string {
  return `
tokens, first, last, starved, failed, example = {}, 1, 0, 0, 0, ""
for line in io.lines(${luaString(tokensFile)}) do last = last + 1; tokens[last] = line end
${takesToken(wanted) ? tokenRequest(wanted) : fixedRequest(wanted)}

local function fail(status, body)
  failed = failed + 1
  if example == "" then example = status .. " " .. string.sub(body, 1, 500) end
end

function response(status, headers, body)
  if status ~= 200 or not string.find(body, ${luaString(luaPattern(wanted.ok))}) then return fail(status, body) end
  ${wanted.next === undefined ? "" : pushNext(wanted.next)}
end

local thread
function setup(it) thread = it end

function done(summary, latency)
  local errors = summary.errors
  local out = io.open(${luaString(resultFile)}, "w")
  out:write(string.format(
    '{"answers":%d,"microseconds":%d,"p50":%f,"p99":%f,"failed":%d,"starved":%d,"unanswered":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    thread:get("failed"), thread:get("starved"),
    errors.connect + errors.read + errors.write + errors.timeout))
  out:write("\\n", thread:get("example"))
  out:close()
  local left = io.open(${luaString(tokensFile)}, "w")
  local queue = thread:get("tokens")
  for at = ${wanted.next === undefined ? "1" : 'thread:get("first")'}, thread:get("last") do left:write(queue[at], "\\n") end
  left:close()
end
`;
}

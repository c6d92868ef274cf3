/** Letters that stand for a class, in Lua's way. */
const classes: Record<string, string> = { d: "%d", s: "%s", w: "%w_", D: "%D", S: "%S" };

const quoted = (char: string) => (/[a-z0-9\s]/i.test(char) || char > "~" ? char : `%${char}`);

/** `[^"]` and the like. @returns the set, and where the source goes on */
function readSet(source: string, start: number): [string, number] {
  let at = start + 1;
  let set = "[";
  if (source[at] === "^") {
    set += "^";
    at++;
  }
  for (; source[at] !== "]"; at++) {
    const char = source[at];
    if (char === undefined) throw new Error(`a set has no end in ${source}`);
    if (char === "\\") {
      const letter = source[++at] ?? "";
      set += classes[letter] ?? quoted(letter);
    } else set += char === "%" ? "%%" : char;
  }
  return [`${set}]`, at + 1];
}

const cannot = (what: string, source: string) =>
  new Error(`wrk's Lua has no ${what}; say it more simply: ${source}`);

/**
 * A simple regular expression as a pattern of Lua, which is all that wrk's scripts have: sets,
 * classes, groups, and `* + ? *?` after a single character.
 *
 * @throws {Error} for what such a pattern cannot say
 */
export function luaPattern(source: string): string {
  let pattern = "";
  let at = 0;
  while (at < source.length) {
    const char = source[at] as string;
    const next = source[at + 1];
    if (char === "|") throw cannot("alternatives", source);
    if (char === "{" && /\d/.test(next ?? "")) throw cannot("counts", source);
    if (char === "(" && next === "?") throw cannot("groups but capturing ones", source);
    if (char === ")" && /[*+?]/.test(next ?? "")) throw cannot("repeated groups", source);
    if (char === "+" && next === "?") throw cannot("lazy +", source);
    if (char === "[") {
      const [set, end] = readSet(source, at);
      pattern += set;
      at = end;
    } else if (char === "\\") {
      const known = classes[next ?? ""];
      pattern += known === "%w_" ? "[%w_]" : (known ?? quoted(next ?? ""));
      at += 2;
    } else if (char === "*" && next === "?") {
      pattern += "-";
      at += 2;
    } else {
      const edge = (char === "^" && at === 0) || (char === "$" && at === source.length - 1);
      pattern += edge || "()*+?.".includes(char) ? char : quoted(char);
      at++;
    }
  }
  return pattern;
}

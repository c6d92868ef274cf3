import { percentile } from "../support/statistics.js";
import { type Load, type Outcome, takesToken, withToken } from "./load.js";

/**
 * An exact number of requests: for what takes long, where a load by the clock would count one more
 * or one less, and for counting what a request costs.
 */
export async function sendCounted(
  load: Omit<Load, "seconds"> & { count: number },
): Promise<Outcome> {
  const { case: wanted, url, connections, count } = load;
  const ok = new RegExp(wanted.ok);
  const next = wanted.next === undefined ? undefined : new RegExp(wanted.next);
  const queue = [...load.tokens];
  const took: number[] = [];
  const failures: string[] = [];
  let sent = 0;

  const send = async () => {
    const token = takesToken(wanted) ? queue.shift() : "";
    if (token === undefined) throw new Error("no token is left");
    if (next === undefined && takesToken(wanted)) queue.push(token);
    const { path, body, headers } = withToken(wanted, token);
    const begun = performance.now();
    const answer = await fetch(url + path, { method: wanted.method, headers, body });
    const text = await answer.text();
    took.push(performance.now() - begun);
    if (answer.status !== 200 || !ok.test(text)) return failures.push(`${answer.status} ${text}`);
    const found = next?.exec(text) ?? next?.exec(answer.headers.getSetCookie().join("\n"));
    return found?.[1] === undefined ? undefined : queue.push(found[1]);
  };
  const sendAll = async () => {
    while (sent < count) {
      sent++;
      await send();
    }
  };

  const begun = performance.now();
  await Promise.all(Array.from({ length: Math.min(connections, count) }, sendAll));
  return {
    answers: count,
    seconds: (performance.now() - begun) / 1000,
    p50: percentile(took, 0.5),
    p99: percentile(took, 0.99),
    failed: failures.length,
    example: failures[0]?.slice(0, 500),
    tokens: queue,
  };
}

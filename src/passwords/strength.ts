import { personalWords } from "./personal-words.js";
import { openWorkerPool } from "./worker-pool.js";

export interface Strength {
  /**
   * @param normal the password's normal form
   * @param personal addresses and names of the person, as they wrote them
   * @returns in words for a person why it is easy to guess; undefined when it is not
   * @throws {AuthError} OVERLOADED
   */
  weaknessOf(normal: string, personal: readonly string[]): Promise<string | undefined>;
  close(): Promise<void>;
}

/** A password of the worst kind takes 80 ms to judge: five seconds' worth. */
const queueLimit = 60;
/** The longest common password has 23; and the time grows with the square of the length. */
const longestGuessed = 40;

/** The names under which people know this service. */
const serviceNames = (publicUrl: string) => [
  "Gatehouse",
  ...new URL(publicUrl).hostname.split(".").slice(0, -1),
];

/** Judges in a thread of its own, which the first password starts. */
export function openStrength(publicUrl: string): Strength {
  const names = serviceNames(publicUrl);
  const pool = openWorkerPool({
    file: new URL("./strength-worker.js", import.meta.url),
    threads: 1,
    standingThreads: 0,
    queueLimit,
  });

  return {
    async weaknessOf(normal, personal) {
      const words = personalWords([...personal, ...names]);
      if (words.includes(normal.toLowerCase()))
        return "This is your name, your address or the name of this service.";
      if ([...normal].length > longestGuessed) return undefined;
      return pool.run("weakness", { password: normal, words });
    },
    close: pool.close,
  };
}

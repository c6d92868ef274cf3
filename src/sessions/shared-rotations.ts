import type { Pool } from "pg";
import type { Config } from "../config.js";
import { isConflict, isTransientDatabaseFault } from "../database/faults.js";
import { overloaded } from "../errors/auth-error.js";
import { type Rotation, rotateAlone, rotateTogether } from "./rotate.js";
import type { SessionWithUserRow } from "./session-row.js";
import { takeTurns } from "./turns.js";

/** Rotations, of which those that would wait for others share a statement. */
export interface SharedRotations {
  /** Undefined when the row was not as expected. @throws whatever the database says */
  rotate(rotation: Rotation): Promise<SessionWithUserRow | undefined>;
  /** How many wait for the next statement. */
  waiting(): number;
}

interface Waiting {
  rotation: Rotation;
  since: number;
  resolve(row: SessionWithUserRow | undefined | Promise<SessionWithUserRow | undefined>): void;
  reject(error: unknown): void;
}

/** More than one, so that a connection that is silent holds up no other session. */
const mostStatements = 3;
/** Several times what a statement takes, so that another one is rare. */
const longestAloneMilliseconds = 20;
/** The planner expects 100 rows of a JSON array, whatever it holds: with more its plan might not fit. */
const mostInOne = 100;
/** As long as the pool lets anybody wait for a connection. */
const longestWaitMilliseconds = 2000;
/** The next statement may meet the same silence of 2.5 s, and an answer is due within 3 s. */
const longestWaitAfterFaultMilliseconds = 400;
/** A row may be held for two more seconds: who has waited for a second has no time left for that. */
const longestWaitForTurnMilliseconds = (waited: number) => Math.min(400, 1000 - waited);
/** Of the pool: those who wait for locked rows leave the others room. */
const shareOfThePool = 1 / 3;

/**
 * At low load every rotation is sent at once. While a statement is under way those that arrive wait
 * for it to come back, and go out together: one after the other they are as large as may be, and the
 * driver's work for a statement is most of its work. Where the database is slow another one goes out.
 */
export function shareRotations(
  pool: Pool,
  config: Pick<Config, "refreshTokenTtlSeconds" | "databasePool">,
): SharedRotations {
  const inTurn = takeTurns({
    most: Math.max(1, Math.floor(config.databasePool * shareOfThePool)),
  });
  let waiting: Waiting[] = [];
  let underWay = 0;
  /** The statement for which the waiting wait. */
  let awaited: object | undefined;

  function refuseOverdue(milliseconds: number): void {
    const oldest = performance.now() - milliseconds;
    for (const { since, reject } of waiting) if (since < oldest) reject(overloaded());
    waiting = waiting.filter(({ since }) => since >= oldest);
  }

  /** Each session once: of two requests with one token the second finds what the first has done. */
  function takeBatch(): Waiting[] {
    refuseOverdue(longestWaitMilliseconds);
    const batch = new Map<string, Waiting>();
    const stay: Waiting[] = [];
    for (const each of waiting) {
      const { sessionId } = each.rotation;
      if (batch.size < mostInOne && !batch.has(sessionId)) batch.set(sessionId, each);
      else stay.push(each);
    }
    waiting = stay;
    return [...batch.values()];
  }

  /** In turn, because somebody holds the row, or because it fails whatever it is part of. */
  function sendAlone({ rotation, since, resolve }: Waiting): void {
    const longest = longestWaitForTurnMilliseconds(performance.now() - since);
    resolve(inTurn(rotation.sessionId, longest, () => rotateAlone(pool, config, rotation)));
  }

  async function send(batch: readonly Waiting[]): Promise<void> {
    try {
      const rotations = batch.map(({ rotation }) => rotation);
      const rotated = await rotateTogether(pool, config, rotations);
      for (const each of batch) {
        const { sessionId } = each.rotation;
        if (rotated.has(sessionId)) each.resolve(rotated.get(sessionId));
        else sendAlone(each);
      }
    } catch (error) {
      if (isTransientDatabaseFault(error) && !isConflict(error)) return failAll(batch, error);
      await sendApart(batch);
    }
  }

  /** What is wrong with one of them is none of the others' business: halves find it out soon. */
  async function sendApart(batch: readonly Waiting[]): Promise<void> {
    const [first, ...others] = batch;
    if (first !== undefined && others.length === 0) return sendAlone(first);
    const middle = Math.ceil(batch.length / 2);
    await send(batch.slice(0, middle));
    await send(batch.slice(middle));
  }

  function failAll(batch: readonly Waiting[], error: unknown): void {
    for (const { reject } of batch) reject(error);
    refuseOverdue(longestWaitAfterFaultMilliseconds);
  }

  function sendWaiting(): void {
    if (awaited !== undefined || underWay === mostStatements || waiting.length === 0) return;
    const batch = takeBatch();
    if (batch.length === 0) return;
    underWay++;
    const own = {};
    awaited = own;
    const waitNoLonger = () => {
      if (awaited === own) awaited = undefined;
      sendWaiting();
    };
    const timer = setTimeout(waitNoLonger, longestAloneMilliseconds);
    void send(batch).finally(() => {
      clearTimeout(timer);
      underWay--;
      waitNoLonger();
    });
  }

  return {
    rotate: (rotation) =>
      new Promise((resolve, reject) => {
        waiting.push({ rotation, since: performance.now(), resolve, reject });
        sendWaiting();
      }),
    waiting: () => waiting.length,
  };
}

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
  resolve(row: SessionWithUserRow | Promise<SessionWithUserRow | undefined>): void;
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
    longestWaitMilliseconds: longestWaitAfterFaultMilliseconds,
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
  function takeBatch(): Map<string, Waiting> {
    refuseOverdue(longestWaitMilliseconds);
    const batch = new Map<string, Waiting>();
    const stay: Waiting[] = [];
    for (const each of waiting) {
      const { sessionId } = each.rotation;
      if (batch.size < mostInOne && !batch.has(sessionId)) batch.set(sessionId, each);
      else stay.push(each);
    }
    waiting = stay;
    return batch;
  }

  async function rowsOf(batch: Map<string, Waiting>): Promise<SessionWithUserRow[]> {
    const rotations = [...batch.values()].map(({ rotation }) => rotation);
    return rotateTogether(pool, config, rotations).catch((error: unknown) => {
      if (isTransientDatabaseFault(error) && !isConflict(error)) throw error;
      // What is wrong with one of them is none of the others' business.
      return [];
    });
  }

  /** Who was left out goes alone, in turn: the row is another than expected, or somebody holds it. */
  async function send(batch: Map<string, Waiting>): Promise<void> {
    try {
      for (const row of await rowsOf(batch)) {
        batch.get(row.id)?.resolve(row);
        batch.delete(row.id);
      }
      for (const { rotation, resolve } of batch.values())
        resolve(inTurn(rotation.sessionId, () => rotateAlone(pool, config, rotation)));
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
      refuseOverdue(longestWaitAfterFaultMilliseconds);
    }
  }

  function sendWaiting(): void {
    if (awaited !== undefined || underWay === mostStatements || waiting.length === 0) return;
    const batch = takeBatch();
    if (batch.size === 0) return;
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

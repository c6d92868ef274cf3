import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { findLoadTool } from "./load/find-tool.js";
import type { LoadTool } from "./load/load.js";
import type { Options } from "./options.js";
import { type Contender, startContender } from "./support/contender.js";
import { type Pins, pin } from "./support/pin.js";
import { type BenchDatabase, type Postgres, startPostgres } from "./support/postgres.js";

/** A contender that runs, with the database that is its alone. */
export interface Running {
  contender: Contender;
  database: BenchDatabase;
}

export interface StartOptions {
  name: string;
  /** Otherwise that of the contender's name among our own. */
  file?: string;
  /** Otherwise a new one with nothing in it. */
  database?: BenchDatabase;
  seeds?: number;
  /** It may use every processor. */
  anywhere?: boolean;
}

/** Everything that measures need; one a run. */
export interface Bench {
  options: Options;
  postgres: Postgres;
  pins: Pins;
  tool: LoadTool;
  say(line: string): void;
  createDatabase(): Promise<BenchDatabase>;
  start(options: StartOptions): Promise<Running>;
  /** Ends what runs still, in the opposite order. */
  close(): Promise<void>;
}

/** Each load takes along the tokens that are under way at its end: enough for thirty loads. */
const usualSeeds = 1000;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function openBench(options: Options): Promise<Bench> {
  const pins = pin();
  const tool = findLoadTool(options.load);
  const postgres = await startPostgres();
  const closing: (() => Promise<void>)[] = [postgres.stop];
  let databases = 0;

  async function createDatabase() {
    const database = await postgres.create(`bench${++databases}`);
    closing.push(database.end);
    return database;
  }

  return {
    options,
    postgres,
    pins,
    tool,
    say: (line) => void process.stderr.write(`${line}\n`),
    createDatabase,
    async start({ name, seeds = usualSeeds, ...rest }) {
      const database = rest.database ?? (await createDatabase());
      const contender = await startContender({
        name,
        file: rest.file ?? here(`contenders/${name}.ts`),
        databaseUrl: database.url,
        seeds,
        pin: rest.anywhere ? pins.anywhere : pins.server,
        settings: {
          ...(options.hs256 ? { HS256: "1" } : {}),
          ...(options.profile === undefined ? {} : { PROFILE: resolve(options.profile) }),
        },
      });
      closing.push(contender.end);
      return { contender, database };
    },
    async close() {
      for (const end of closing.reverse())
        await end().catch((error) => process.stderr.write(`${error}\n`));
    },
  };
}

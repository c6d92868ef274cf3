import { parseArgs } from "node:util";

/** What can be measured; the first four are what `npm run benchmark` does by itself. */
export const measures = ["requests", "costs", "start", "storm", "growth", "revocation"] as const;
export type Measure = (typeof measures)[number];

const usual: Measure[] = ["requests", "costs", "start", "storm"];

export const help = `npm run benchmark -- [measure …] [options]

Measures (without any: ${usual.join(", ")}):
  requests    every way of a request beside its floor, in rounds
  costs       statements and bytes of the write-ahead log that a request costs
  start       from nothing to the first answer, and memory at idle
  storm       200 who sign in at once: what everybody's refresh notices
  growth      refresh with more and more sessions; one million rotations
  revocation  how long a revoked access token is let in on another replica

Options:
  --seconds N       of one load                           (2)
  --rounds N        medians are of so many                (3)
  --connections N   of the load                           (32)
  --only A,B        requests whose name holds one of these
  --peers           installs the peers and measures them as well
  --contender FILE  one of your own as well, see README.md
  --hs256           access tokens by HS256 instead of ES256
  --growth          measures growth as well
  --sizes A,B,C     sessions in the table, for growth     (10000,1000000,10000000)
  --rotations N     of one set of sessions, for growth    (1000000)
  --revocations N   for revocation                        (1000)
  --load TOOL       wrk or autocannon instead of the one that is there
  --profile DIR     a CPU profile of each server there; slows what it measures
  --json FILE       writes all figures there
  --with FILE       of an earlier --json: the parts that this run does not measure
  --write           writes the tables into benchmark/README.md
  --help`;

export interface Options {
  measures: Set<Measure>;
  seconds: number;
  rounds: number;
  connections: number;
  only: string[];
  peers: boolean;
  contender: string | undefined;
  hs256: boolean;
  sizes: number[];
  rotations: number;
  revocations: number;
  load: string | undefined;
  profile: string | undefined;
  json: string | undefined;
  with: string | undefined;
  write: boolean;
}

const list = (text: string | undefined) => (text ?? "").split(",").filter((part) => part !== "");

function wholeNumber(name: string, text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`--${name} is a whole number from 1, not ${text}`);
}

function measure(name: string): Measure {
  if ((measures as readonly string[]).includes(name)) return name as Measure;
  throw new Error(`there is no measure ${name}; there are ${measures.join(", ")}`);
}

/**
 * @returns undefined where only help is wanted
 * @throws {Error} in plain words
 */
export function readOptions(args: string[]): Options | undefined {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "2" },
      rounds: { type: "string", default: "3" },
      connections: { type: "string", default: "32" },
      only: { type: "string" },
      peers: { type: "boolean", default: false },
      contender: { type: "string" },
      hs256: { type: "boolean", default: false },
      growth: { type: "boolean", default: false },
      sizes: { type: "string", default: "10000,1000000,10000000" },
      rotations: { type: "string", default: "1000000" },
      revocations: { type: "string", default: "1000" },
      load: { type: "string" },
      profile: { type: "string" },
      json: { type: "string" },
      with: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const only = list(values.only);
  const asked = positionals.map(measure);
  const first = asked.length > 0 ? asked : only.length > 0 ? (["requests"] as const) : usual;
  return {
    measures: new Set(values.growth ? [...first, "growth" as const] : first),
    seconds: wholeNumber("seconds", values.seconds),
    rounds: wholeNumber("rounds", values.rounds),
    connections: wholeNumber("connections", values.connections),
    only,
    peers: values.peers,
    contender: values.contender,
    hs256: values.hs256,
    sizes: list(values.sizes).map((size) => wholeNumber("sizes", size)),
    rotations: wholeNumber("rotations", values.rotations),
    revocations: wholeNumber("revocations", values.revocations),
    load: values.load,
    profile: values.profile,
    json: values.json,
    with: values.with,
    write: values.write,
  };
}

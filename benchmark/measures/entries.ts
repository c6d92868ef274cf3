import type { Contender } from "../support/contender.js";

/** One thing to measure: a case of a contender, and beside which other it stands in the table. */
export interface Entry {
  contender: string;
  case: string;
  label: string;
  /** The entry that its ratio is taken of: `contender/case`. */
  floor?: string;
  /** Sent so many times instead of for so many seconds: what takes long. */
  count?: number;
  /** Other than the usual ones. */
  connections?: number;
  /** Counts rotations in the contender's database: each answer must have been one. */
  rotates?: boolean;
}

export const keyOf = ({ contender, case: name }: Pick<Entry, "contender" | "case">) =>
  `${contender}/${name}`;

const hashing = { count: 15, connections: 4 };

/** In the order of the table; what is compared runs one after the other. */
export const ownEntries: readonly Entry[] = [
  {
    contender: "gatehouse",
    case: "refresh",
    label: "**refresh**",
    floor: "plain-fastify/refresh",
    rotates: true,
  },
  {
    contender: "plain-fastify",
    case: "refresh",
    label: "floor: plain Fastify, HMAC, the same UPDATE, the same signature",
    rotates: true,
  },
  {
    contender: "raw-statement",
    case: "rotation",
    label: "floor: the bare statement of a refresh, by pgbench",
  },
  {
    contender: "gatehouse",
    case: "refresh, forged",
    label: "refresh with a forged token",
    floor: "gatehouse/refresh",
  },
  {
    contender: "gatehouse",
    case: "refresh, all fields",
    label: "refresh as our own client asks for it (24 fields more)",
    floor: "gatehouse/refresh",
    rotates: true,
  },
  {
    contender: "gatehouse-no-database",
    case: "bearer check",
    label: "**bearer check**, its `me` from memory",
    floor: "apollo/me",
  },
  { contender: "apollo", case: "me", label: "floor: Apollo Server on Fastify, nobody checked" },
  {
    contender: "gatehouse",
    case: "me",
    label: "**bearer check + `me`**",
    floor: "plain-fastify/me",
  },
  {
    contender: "plain-fastify",
    case: "me",
    label: "floor: plain Fastify, the same check, the same SELECT",
  },
  {
    contender: "gatehouse",
    case: "mySessions of 5",
    label: "**`mySessions`**, 5 sessions",
    floor: "plain-fastify/mySessions of 5",
  },
  { contender: "plain-fastify", case: "mySessions of 5", label: "floor: plain Fastify" },
  {
    contender: "gatehouse",
    case: "mySessions of 100",
    label: "**`mySessions`**, 100 sessions",
    floor: "plain-fastify/mySessions of 100",
  },
  { contender: "plain-fastify", case: "mySessions of 100", label: "floor: plain Fastify" },
  {
    contender: "gatehouse",
    case: "sign-in",
    label: "**sign-in**",
    floor: "raw-hash/verify",
    ...hashing,
  },
  {
    contender: "raw-hash",
    case: "verify",
    label: "floor: the hash alone, on the same workers",
    ...hashing,
  },
  {
    contender: "gatehouse",
    case: "register",
    label: "**register**",
    floor: "raw-hash/hash",
    ...hashing,
  },
  {
    contender: "raw-hash",
    case: "hash",
    label: "floor: the hash alone, on the same workers",
    ...hashing,
  },
];

/** Every case of a contender that is not ours. */
export const entriesOf = ({ name, cases }: Contender): Entry[] =>
  Object.keys(cases).map((wanted) => ({
    contender: name,
    case: wanted,
    label: `${name}: ${wanted}`,
  }));

export const isWanted = (entry: Entry, only: readonly string[]): boolean =>
  only.length === 0 || only.some((part) => `${keyOf(entry)} ${entry.label}`.includes(part));

